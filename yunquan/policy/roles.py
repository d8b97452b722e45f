"""The roles of the programme; each act in a life cycle belongs to one or more of them."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Who acts: the code kept in tables and logs, and the Chinese word people see."""

    label: str

    def __new__(cls, code: str, label: str = "") -> Role:
        role = str.__new__(cls, code)
        role._value_ = code
        role.label = label
        return role

    ENTERPRISE = "enterprise", "工业企业"
    SUPPLIER = "supplier", "供应商"
    COUNTY_REVIEWER = "county_reviewer", "县区审核员"
    CITY_REVIEWER = "city_reviewer", "地市审核员"
    CITY_APPROVER = "city_approver", "地市审批人"
    CITY_CASHIER = "city_cashier", "地市兑付员"
    PROVINCE_OFFICER = "province_officer", "省厅经办人"
    PROVINCE_APPROVER = "province_approver", "省厅审批人"
    EXPERT = "expert", "专家"
    AUDITOR = "auditor", "审计员"
    SYSTEM_ADMIN = "system_admin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全管理员"
    AUDIT_ADMIN = "audit_admin", "安全审计员"
    CLOCK = "clock", "系统定时"
    PUBLIC = "public", "社会公众"
