"""Official papers and tables in and out: XLSX, CSV, PDF, DOCX.  Plain values only; knows no models."""
