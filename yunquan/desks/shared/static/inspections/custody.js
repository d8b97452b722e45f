// A custodian's page: makes the secret and its commitment in this browser and sends the commitment alone;
// holds a secret against the commitment before it is revealed. Hashing is that of public/draw.js.
(function () {
  "use strict";
  const draw = globalThis.sdDraw;
  if (!draw) { return; }
  const encoder = new TextEncoder();

  // H(tag, p1…pn) of sd-draw/1.
  function tagged(alg, tag, parts) {
    const pieces = [encoder.encode("sd-draw/1/" + tag), new Uint8Array(1)];
    parts.forEach((part) => {
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, part.length);
      pieces.push(length, part);
    });
    const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
    let place = 0;
    pieces.forEach((piece) => { whole.set(piece, place); place += piece.length; });
    return draw.hex(draw[alg](whole));
  }

  function commitment(box, secret) {
    const parts = [encoder.encode(box.dataset.drawId), encoder.encode(box.dataset.custodian), secret];
    return tagged(box.dataset.alg, "commit", parts);
  }

  const bytesOf = (hex) => Uint8Array.from(hex.match(/../g) || [], (pair) => parseInt(pair, 16));

  const box = document.querySelector("[data-custody]");
  if (box) {
    box.hidden = false;
    box.querySelector("[data-custody-make]").addEventListener("click", () => {
      const secret = new Uint8Array(32);
      globalThis.crypto.getRandomValues(secret);
      const shown = draw.hex(secret);
      box.querySelector("[data-custody-secret]").textContent = shown;
      const save = box.querySelector("[data-custody-save]");
      save.download = "secret-" + box.dataset.drawId + ".txt";
      save.href = URL.createObjectURL(new Blob([shown + "\n"], { type: "text/plain" }));
      box.querySelector("[data-custody-made]").hidden = false;
      document.querySelector("[data-commitment]").value = commitment(box, secret);
    });
  }

  const check = document.querySelector("[data-custody-check]");
  const field = document.querySelector("#id_secret");
  if (check && field) {
    check.hidden = false;
    const said = check.querySelector("[data-custody-said]");
    const tell = () => {
      const typed = field.value.trim().toLowerCase();
      const isHex = /^([0-9a-f]{2}){16,64}$/.test(typed);
      const isSame = isHex && commitment(check, bytesOf(typed)) === check.dataset.commitment;
      said.textContent = typed ? (isSame ? "与您公布的承诺相符。" : "与您公布的承诺不符，请检查。") : "";
    };
    field.addEventListener("input", tell);
    check.querySelector("input").addEventListener("change", async (event) => {
      const file = event.target.files[0];
      if (!file || file.size > 4096) { return; }
      field.value = (await file.text()).trim();
      tell();
    });
  }
})();
