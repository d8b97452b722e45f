"""The demonstration: a programme from 2018-09 to 2019-06, built by the same verbs that the pages use.

Every enterprise, supplier and person in it is plainly invented and says so; codes carry valid check digits.
"""
