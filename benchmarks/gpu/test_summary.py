#!/usr/bin/env python3
"""test_summary.py RESULTS.xml...: failed and skipped tests with their messages, then the numbers; ends with 1 when a test failed."""
import collections
import sys
import xml.etree.ElementTree as tree

counts = collections.Counter()
skipped = collections.Counter()
for path in sys.argv[1:]:
    root = tree.parse(path).getroot()
    for error in root.iter("error"):
        counts["Fail"] += 1
        print(f"ERROR  {error.get('name')}: {error.findtext('failure/message')}")
    for test in root.iter("test"):
        counts[test.get("result")] += 1
        if test.get("result") == "Fail":
            message = " ".join((test.findtext("failure/message") or "").split())
            print(f"FAIL   {test.get('name')} ({float(test.get('time')):.1f} s)\n       {message[:400]}")
        elif test.get("result") == "Skip":
            skipped[" ".join((test.findtext("reason") or "").split())] += 1
for reason, number in skipped.items():
    print(f"SKIP   {number} tests: {reason}")
print(f"Tests: {counts['Pass']} passed, {counts['Fail']} failed, {counts['Skip']} skipped")
sys.exit(counts["Fail"] > 0 or counts["Pass"] == 0)
