"""The unified social-credit code 统一社会信用代码 (GB 32100), letters in its first two places included."""

from __future__ import annotations

import unicodedata

from stdnum.cn import uscc

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


class UsccError(ValueError):
    """The code isn't a valid social-credit code; the message says why in Chinese."""


def compact(code: str) -> str:
    """Bring a code to its plain form: half width, upper case, without spaces and dashes."""
    return uscc.compact(unicodedata.normalize("NFKC", code))


def validate_uscc(code: str) -> str:
    """Check a code and give it in its plain form; raises UsccError with the reason.

    >>> validate_uscc("91110000600037341l")
    '91110000600037341L'
    """
    plain = compact(code)
    if not plain:
        raise UsccError("没有填写统一社会信用代码")
    if len(plain) != 18:
        raise UsccError(f"统一社会信用代码应为 18 位，现在是 {len(plain)} 位")
    for place, sign in enumerate(plain, start=1):
        if sign not in ALPHABET:
            raise UsccError(f"第 {place} 位“{sign}”不能出现在统一社会信用代码中（不使用 I、O、S、V、Z）")
    if not plain[2:8].isdigit():
        raise UsccError("第 3 至 8 位应为登记机关行政区划的数字代码")
    if plain[-1] != uscc.calc_check_digit(plain[:17]):
        raise UsccError("校验位不符，请对照营业执照检查有没有抄错")
    return plain


def is_valid_uscc(code: str) -> bool:
    """Say whether a code is a valid social-credit code."""
    try:
        validate_uscc(code)
    except UsccError:
        return False
    return True


def make_uscc(serial: int, region: str = "441900", kind: str = "91") -> str:
    """Make a valid code for a plainly invented organisation, the same one for the same serial.

    The organisation part begins with MADEM, so that demonstration codes are known at sight.

    >>> is_valid_uscc(make_uscc(1))
    True
    """
    digits, rest = "", serial
    for _ in range(3):
        rest, place = divmod(rest, len(ALPHABET))
        digits = ALPHABET[place] + digits
    if rest:
        raise ValueError(f"serial {serial} is beyond {len(ALPHABET) ** 3 - 1}")
    organisation = "MADEM" + digits
    total = sum(
        (int(sign) if sign.isdigit() else ord(sign) - 55) * weight
        for sign, weight in zip(organisation, _ORGANISATION_WEIGHTS, strict=True)
    )
    check = "0123456789X0"[(11 - total % 11)]
    body = f"{kind}{region}{organisation}{check}"
    return body + uscc.calc_check_digit(body)
