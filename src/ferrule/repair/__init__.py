"""Repair: which libraries join a wheel, and what its files must say then.

`closure` finds them below the roots of `search`; `elf`, `macho` and `windows`
turn them into a `RepairPlan`, which is data; `application` makes it true.
"""
