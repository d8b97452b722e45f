"""Documents that the suite builds itself, in the true national layouts, for plainly invented parties.

What these papers know of the layouts comes from public samples and descriptions.  Not seen, and so not built:
invoices stamped or signed by the tax bureau's own programs (their SES seals and signature parts in OFD and PDF),
OFD pages whose QR code is drawn as paths instead of a picture, PDFs with fonts that carry no Unicode map, 数电票
for particular trades (freight, passenger, tolls, real estate, vehicles, agricultural purchases), paper invoices in
rolls, and the photographs of worn or folded paper that clerks really upload.
"""
