"""Tests the claims of my_quantizer on the results of compare.yaml. Replace them by the claims of your quantizer."""
import json
import sys

records = json.load(open(sys.argv[1], encoding="utf-8"))["records"]
error = {(r["quantizer_name"], r["width"], r["trial"]): r["relative_squared_error"] for r in records}
mine = [key for key in error if key[0] == "my_quantizer"]
assert mine, "no record of my_quantizer"
for name, width, trial in mine:
    assert error[name, width, trial] < error["msq", width, trial], f"worse than msq at width {width}, trial {trial}"
    # With memory 1 it is gpfq, up to rounding.
    assert abs(error[name, width, trial] / error["gpfq", width, trial] - 1) < 1e-6, f"not gpfq at width {width}, trial {trial}"
print(f"{len(mine)} errors are as claimed")
