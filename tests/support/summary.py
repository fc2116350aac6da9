#!/usr/bin/env python3
"""Reads the JUnit file that ctest wrote: says why tests were skipped, names those that failed, and ends with the counts.

Usage: summary.py tests.xml      Exit status 1 when a test failed or none ran.
"""
import sys
import xml.etree.ElementTree

cases = xml.etree.ElementTree.parse(sys.argv[1]).getroot().findall("testcase")
by_state = {"run": [], "fail": [], "notrun": [], "disabled": []}
for case in cases:
    by_state.setdefault(case.get("status"), []).append(case)

for case in by_state["notrun"] + by_state["disabled"]:
    said = [line for line in (case.findtext("system-out") or "").splitlines() if line.strip()]
    print(f"skipped {case.get('name')}: {said[-1] if said else 'no reason given'}")
for case in by_state["fail"]:
    print(f"FAILED  {case.get('name')}")
passed, failed = len(by_state["run"]), len(by_state["fail"])
print(f"tests: {len(cases)} in all, {passed} passed, {failed} failed, {len(cases) - passed - failed} skipped")
sys.exit(failed > 0 or passed == 0)
