// The page on which a visitor checks the bundle of a draw: reads the chosen files, shows what draw.js found.
(function () {
  "use strict";
  const box = document.querySelector("[data-draw]");
  const draw = globalThis.sdDraw;
  if (!box || !draw) { return; }
  const part = (name) => document.querySelector("[data-draw-" + name + "]");
  const said = part("said");
  const shown = part("found");
  const ref = document.querySelector("#draw_ref");
  const code = { length: Number(box.dataset.length), sha256: box.dataset.sha256 };
  const outcomes = { mandatory: "必查", drawn: "抽中", reserve: "候补" };
  let places = new Map();
  box.hidden = false;

  function element(name, text, label) {
    const made = document.createElement(name);
    made.textContent = text;
    if (label) { made.dataset.label = label; made.className = label === "分层" ? "" : "g-right g-num"; }
    return made;
  }

  function say(tone, word, text) {
    const badge = element("span", word);
    badge.className = "g-badge is-" + tone;
    said.replaceChildren(badge, " " + text);
  }

  // What the secrets and the public values are worth: with few of them somebody could have known the seed.
  function worth(found) {
    const custodians = Object.keys(found.reveals).length;
    const sources = Object.keys(found.entropy).length;
    const silent = Object.keys(found.commits).length - custodians;
    const told = [custodians + " 名保管人揭示了秘密，" + sources + " 个公开随机源。"];
    if (silent) { told.push("另有 " + silent + " 名保管人没有按时揭示，其秘密不采用。"); }
    if (custodians === 1) { told.push("保管人只有一名：他若与事先知道随机数的人串通，就能预先选定结果。"); }
    if (sources === 1) { told.push("随机源只有一个：谁能左右它，谁就能左右结果。"); }
    return told.join("");
  }

  function show(found) {
    const facts = [
      ["抽取编号", found.params.draw_id],
      ["抽取比例", found.params.num + "/" + found.params.den],
      ["散列算法", found.alg === "sm3" ? "SM3" : "SHA-256"],
      ["种子", found.seed],
      ["随机的来源", worth(found)],
    ];
    part("facts").replaceChildren(...facts.flatMap(([name, value]) => {
      const given = element("dd", value);
      if (name === "种子") { given.className = "g-mono"; }
      return [element("dt", name), given];
    }));
    const strata = new Map();
    found.places.forEach((place) => {
      const counts = strata.get(place.stratum) || { mandatory: 0, drawn: 0, reserve: 0 };
      counts[place.outcome] += 1;
      strata.set(place.stratum, counts);
    });
    part("strata").replaceChildren(...Array.from(strata, ([stratum, counts]) => {
      const row = document.createElement("tr");
      const total = counts.mandatory + counts.drawn + counts.reserve;
      row.append(element("td", stratum, "分层"), element("td", total, "对象"), element("td", counts.mandatory, "必查"),
        element("td", counts.drawn, "抽中"), element("td", counts.reserve, "候补"));
      return row;
    }));
    places = new Map(found.places.map((place) => [place.ref, place]));
    look();
    shown.hidden = false;
  }

  function look() {
    const asked = ref.value.trim().normalize("NFC");
    const place = places.get(asked);
    part("one").textContent = !asked ? "" : !place ? "名单中没有这个编号。"
      : place.stratum + "：" + outcomes[place.outcome] + (place.rank ? "，本层第 " + place.rank + " 位" : "");
  }

  async function check(chosen) {
    const named = Array.from(chosen).filter((file) => draw.NAMES.includes(file.name));
    const files = {};
    shown.hidden = true;
    if (!named.length) {
      say("waiting", "没有可核验的文件", "请先解压抽取包，再选中其中的全部文件。");
      return;
    }
    said.textContent = "正在核验…";
    await Promise.all(named.map(async (file) => { files[file.name] = new Uint8Array(await file.arrayBuffer()); }));
    // The browser shows the line above before the computing begins.
    await new Promise((ready) => { setTimeout(ready, 30); });
    const { fault, found } = draw.verify(files, code);
    if (fault) { say("bad", "不符", fault); } else {
      say("good", "OK", "全部文件相符，结果由冻结的名单和公开的随机数得出。");
      show(found);
    }
  }

  ref.addEventListener("input", look);
  const files = document.querySelector("#draw_files");
  // Choosing the same files again after they were changed counts as a choice too.
  files.addEventListener("click", () => { files.value = ""; });
  files.addEventListener("change", () => {
    if (!files.files.length) { return; }
    check(files.files).catch(() => {
      say("bad", "读不出来", "文件读不出来，请重新解压后再试。");
    });
  });
})();
