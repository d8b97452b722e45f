"""核验一次公开抽取（格式 sd-draw/1）：python verify.py 抽取包所在的文件夹
只用 Python 自带的库，不联网；由冻结的名单、参数和公开的随机数重算结果，输出 OK（退出码 0）或第一处不符（退出码 1）。
"""

import hashlib
import json
import re
import sys
from itertools import zip_longest
from pathlib import Path
from unicodedata import normalize

NAMES = ["params.json", "population.jsonl", "excluded.jsonl", "experts.jsonl"]
NAMES += ["commits.json", "reveals.json", "entropy.json", "result.jsonl"]
STAMP = b"# " + b"SHA-256: "  # 包内的程序末行依次登记以上文件和它自己，只用来指出哪个被改动
PARAMS = {"den": int, "draw_id": str, "entropy": list, "num": int, "wmax": int}
MORE = dict.fromkeys(["alg", "commits", "excluded", "experts", "plan", "reveal_by"], str) | {"fallback": dict}
ITEM = {"mandatory": bool, "ref": str, "stratum": str, "weight": int}
EXPERT = {"conflicts": list, "expert": str, "room": int, "specialities": list}
END = "文件结尾，末行有换行".encode()
canonical = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def need(is_so, where, what):
    if not is_so:
        raise ValueError(where + "：" + what)


def left(x, n):
    return (x << n | x >> 32 - n) & 0xFFFFFFFF


def sm3(message):  # GB/T 32905；Python 带有 SM3 时不用它
    m = message + b"\x80" + bytes(-(len(message) + 9) % 64) + (8 * len(message)).to_bytes(8, "big")
    v = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    for start in range(0, len(m), 64):
        w = [int.from_bytes(m[i : i + 4], "big") for i in range(start, start + 64, 4)]
        for j in range(16, 68):
            x = w[j - 16] ^ w[j - 9] ^ left(w[j - 3], 15)
            w.append(x ^ left(x, 15) ^ left(x, 23) ^ left(w[j - 13], 7) ^ w[j - 6])
        a, b, c, d, e, f, g, h = v
        for j in range(64):
            t = left(0x79CC4519 if j < 16 else 0x7A879D8A, j % 32)
            s = left(left(a, 12) + e + t & 0xFFFFFFFF, 7)
            x = (a ^ b ^ c if j < 16 else a & b | a & c | b & c) + d + (s ^ left(a, 12)) + (w[j] ^ w[j + 4])
            y = (e ^ f ^ g if j < 16 else e & f | ~e & g) + h + s + w[j] & 0xFFFFFFFF
            a, b, c, d = x & 0xFFFFFFFF, a, left(b, 9), c
            e, f, g, h = y ^ left(y, 9) ^ left(y, 17), e, left(f, 19), g
        v = [v[place] ^ word for place, word in enumerate((a, b, c, d, e, f, g, h))]
    return b"".join(word.to_bytes(4, "big") for word in v)


def tagged(hashed, tag, *parts):  # H(tag, p1…pn)
    return hashed(b"sd-draw/1/" + tag + b"\0" + b"".join(len(p).to_bytes(4, "big") + p for p in parts))


def in_order(pairs):  # RFC 8785：按 UTF-16 排列
    return dict(sorted(pairs, key=lambda pair: pair[0].encode("utf-16-be")))


def read(raw, where, kinds, extras):  # 一个规范 JSON 对象；没有 kinds 时，值都是文字
    try:
        text = raw.decode()
        thing = json.loads(text, object_pairs_hook=in_order, parse_float=int, parse_constant=int)
        need(type(thing) is dict and canonical(thing) == text == normalize("NFC", text), where, "")
    except (ValueError, RecursionError):
        raise ValueError(where + "：不是规范 JSON 对象") from None
    for key in sorted({*kinds, *thing}):
        kind, part = kinds.get(key) or extras.get(key) if kinds else str, thing.get(key)
        inner = [*part.values()] if type(part) is dict else part if type(part) is list else []
        is_fit = type(part) is kind and all(type(one) is str for one in inner)
        need(is_fit and (kind is not int or 0 <= part < 2**53), where, f"{key} 缺少、多余或不合要求")
    return thing


def lines(files, name, key, kinds):
    raw, found = files[name].split(b"\n"), []
    need(raw.pop() == b"", name, "最后一行没有换行")
    for place, line in enumerate(raw, 1):
        found.append(read(line, f"{name} 第 {place} 行", kinds, {}))
        is_next = place == 1 or found[-2][key] < found[-1][key]
        need(is_next, f"{name} 第 {place} 行", f"{key} 重复，或没有按 UTF-8 字节排序")
    return found


def check(files):
    for name in [*NAMES, "verify.py"]:
        need(name in files, name, "缺少这个文件")
    params = read(files["params.json"], "params.json", PARAMS, MORE)
    num, den, wmax, alg = params["num"], params["den"], params["wmax"], params.get("alg", "sha256")
    need(alg in ("sha256", "sm3") and 1 <= num <= den and 1 <= wmax <= 64, "params.json", "数值超出范围")
    hashed = (lambda m: hashlib.new(alg, m).digest()) if alg in hashlib.algorithms_available else sm3
    items = lines(files, "population.jsonl", "ref", ITEM)
    need(all(1 <= item["weight"] <= wmax for item in items), "population.jsonl", "weight 超出范围")
    lines(files, "excluded.jsonl", "ref", {"reason": str, "ref": str})
    lines(files, "experts.jsonl", "expert", EXPERT)
    commits, reveals, entropy = [read(files[name], name, {}, {}) for name in NAMES[4:7]]
    for name in NAMES[2:5]:  # 名单为空、承诺全部揭示时，参数里可以不登记散列
        actual, recorded = hashed(files[name]).hex(), params.get(name.split(".")[0])
        is_bare = files[name] == b"" or (name == NAMES[4] and set(commits) == set(reveals))
        need(recorded == actual or (is_bare and not recorded), name, "与 params.json 中登记的散列不符")
    need(len(reveals) > 0, "reveals.json", "没有揭示的秘密")
    parts = [hashed(files["population.jsonl"]), hashed(files["params.json"])]
    sources = [{one, params.get("fallback", {}).get(one, one)} for one in params["entropy"]]
    is_named = len(sources) == len(entropy) > 0 and all(len(one & set(entropy)) == 1 for one in sources)
    need(is_named, "entropy.json", "与 params.json 中的随机源不符")
    parts += [text.encode() for pair in sorted(entropy.items()) for text in pair]
    for custodian, secret in sorted(reveals.items()):
        need(re.fullmatch("(?:[0-9a-f]{2})+", secret), "reveals.json", f"{custodian} 的秘密不是小写十六进制")
        parts += [custodian.encode(), bytes.fromhex(secret)]
        made = tagged(hashed, b"commit", params["draw_id"].encode(), *parts[-2:]).hex()
        need(commits.get(custodian) == made, "reveals.json", f"{custodian} 的秘密与公布的承诺不符")
    seed = tagged(hashed, b"seed", *parts)
    strata: dict = {}  # 分层 → ([必查], [(抽签号, 编号)])
    want = []
    for item in items:
        tickets = [(seed, item["ref"].encode(), j.to_bytes(2, "big")) for j in range(item["weight"])]
        key = min(tagged(hashed, b"ticket", *ticket) for ticket in tickets)
        strata.setdefault(item["stratum"], ([], []))[not item["mandatory"]].append((key, item["ref"]))
    for stratum, (mandatory, ranking) in sorted(strata.items()):
        n = -(-(len(mandatory) + len(ranking)) * num // den)
        places = [("mandatory", 0, ref) for _, ref in mandatory]
        places += [(("reserve", "drawn")[k <= n], k, ref) for k, (_, ref) in enumerate(sorted(ranking), 1)]
        want += [canonical(dict(outcome=o, rank=k, ref=r, stratum=stratum)).encode() for o, k, r in places]
    for place, (line, found) in enumerate(zip_longest([*want, b""], files["result.jsonl"].split(b"\n")), 1):
        need(line == found, f"result.jsonl 第 {place} 行", "应为 " + (line or END).decode())


def difference(files, code):  # files: 文件名 → 内容；code: 核验程序本身
    program, start, fault = files.get("verify.py", b""), len(code + STAMP), ""
    seals = {n: hashlib.sha256(files.get(n, b"")).hexdigest().encode() + b" " for n in NAMES}
    own = hashlib.sha256(program[:-65]).hexdigest().encode() + b"\n"
    is_sealed = program[:start] == code + STAMP and re.fullmatch(b"([0-9a-f]{64} ){8}" + own, program[start:])
    changed = "、".join(n for n in NAMES if is_sealed and seals[n] not in program[start:])
    try:
        check(files)
    except ValueError as error:
        fault = str(error)
    if changed and not fault.startswith(changed):
        return f"{changed}：与登记的 SHA-256 不同。{fault}"
    return fault or ("" if is_sealed else "verify.py：核验程序或其末行的登记被改动")


if __name__ == "__main__":
    folder, own = Path(sys.argv[1] if len(sys.argv) > 1 else "."), Path(__file__).read_bytes()
    found = {n: (folder / n).read_bytes() for n in [*NAMES, "verify.py"] if (folder / n).is_file()}
    answer = difference(found, own.partition(STAMP)[0])
    print(answer or "OK")
    sys.exit(1 if answer else 0)
