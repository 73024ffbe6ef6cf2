"""Tests of invalid input: it is refused before anything runs, with exit code 2, a message with the position, and no folder written."""
from __future__ import annotations

import gzip
import json
import re
import struct
import unittest
from typing import Any

import support
from support import config, environment, npy_bytes

LINES = """\
experiment: layer
trials: 2
inputs: {distribution: gaussian, samples: 8, width: 32}
weights: {distribution: gaussian, neurons: 3}
quantizer: {name: gpfq, alphabet: {levels: 3, step: 1.0}}
"""


def with_line(line: str) -> str:
    """The config with this line instead of the one of the same key, or after all of them."""
    key = line.split(":")[0] + ":"
    if not any(present.startswith(key) for present in LINES.splitlines()):
        return LINES + line + "\n"
    return re.sub(rf"(?m)^{re.escape(key)}.*$", lambda _: line, LINES, count=1)


def place(text: str, marked: str, after: str = "") -> str:
    """Where the first occurrence of `marked` from the start of `after` on begins, as line:column."""
    offset = text.index(marked, text.index(after))
    return f"{text.count(chr(10), 0, offset) + 1}:{offset - text.rfind(chr(10), 0, offset)}"


class Refused(support.InFolder):
    def refused(self, text: str | bytes, *words: str, env: dict[str, str] | None = None, also_dry: bool = True) -> list[str]:
        """The lines of the message: the same for a dry run, and nothing is written by either."""
        self.write("bad.yaml", text)
        before = sorted(self.folder.rglob("*"))
        done = self.run_program("bad.yaml", *words, code=2, env=env)
        self.assertEqual(done.out, "")
        if also_dry:
            self.assertEqual(self.run_program("bad.yaml", "-n", *words, code=2, env=env), done)
        self.assertEqual(sorted(self.folder.rglob("*")), before)
        return done.err.splitlines()

    def refused_at(self, text: str, *expected: tuple[str, str]) -> None:
        """Exactly these complaints, in this order: (the text at the place, a pattern of the message)."""
        lines = self.refused(text)
        self.assertEqual(len(lines), len(expected), "\n".join(lines))
        for line, (marked, pattern) in zip(lines, expected):
            self.assertRegex(line, rf"\Abad\.yaml:{place(text, marked)}: .*{pattern}")

    def refused_line(self, line: str, marked: str, pattern: str, alone: bool = True) -> None:
        """With this line in the config; not alone: what follows from the fault is complained of too."""
        text = with_line(line)
        with self.subTest(line=line):
            lines = self.refused(text)
            if alone:
                self.assertEqual(len(lines), 1, "\n".join(lines))
            self.assertRegex("\n".join(lines), rf"(?m)^bad\.yaml:{place(text, marked, line)}: .*{pattern}")

    def test_the_good_config_is_accepted(self) -> None:
        self.write("good.yaml", LINES)
        self.run_program("good.yaml", "-n")
        self.assertFalse((self.folder / "results").exists())


class Keys(Refused):
    def test_unknown_keys(self) -> None:
        self.refused_line("qantizer: 1", "qantizer", r"unknown key 'qantizer' \(did you mean 'quantizer'\?\)")
        self.refused_line("zzzzzz: 1", "zzzzzz", r"unknown key 'zzzzzz'$")
        self.refused_line("weights: {distribution: gaussian, neurons: 3, sigm: 2}", "sigm", r"no parameter 'sigm' \(did you mean 'sigma'\?\)")
        self.refused_line("quantizer: {name: msq, alphabet: {level: 3, levels: 3, step: 1.0}}", "level: 3",
                          r"no parameter 'alphabet\.level' \(did you mean 'alphabet\.levels'\?\)")
        self.refused_line("sweep: {gird: {width: [32]}}", "gird", r"unknown key 'gird' in sweep \(did you mean 'grid'\?\)")
        self.refused_line("plot: {x: width, y: relative_error, serie: seed}", "serie", r"unknown key 'serie' in plot \(did you mean 'series'\?\)")

    def test_a_parameter_of_another_quantizer(self) -> None:
        self.refused_line("quantizer: {name: gpfq, alignment: 2, alphabet: {levels: 3, step: 1.0}}", "alignment",
                          "'gpfq' has no parameter 'alignment'")

    def test_duplicate_keys(self) -> None:
        text = LINES + "trials: 3\n"
        self.refused_at(text, ("trials: 3", r"duplicate key 'trials' \(first in line 2\)"))
        self.refused_line("inputs: {distribution: gaussian, samples: 8, width: 32, samples: 9}", "samples: 9", "duplicate key 'samples'")

    def test_a_value_given_twice(self) -> None:
        self.refused_at(LINES + "width: 64\n", ("width: 64", "given twice"))

    def test_names_that_are_not_there(self) -> None:
        self.refused_line("quantizer: {name: gpqf, alphabet: {levels: 3, step: 1.0}}", "gpqf", r"no quantizer 'gpqf' \(did you mean 'gpfq'\?\)")
        self.refused_line("bounds: [gpfq_men]", "gpfq_men", r"no bound 'gpfq_men' \(did you mean 'gpfq_mean'\?\)")
        self.refused_line("bounds: al", "al", r"no bound 'al' \(did you mean 'all'\?\)")
        self.refused_line("experiment: leyer", "leyer", r"no experiment 'leyer' \(did you mean 'layer'\?\)")
        self.refused_line("inputs: {distribution: gausian, samples: 8, width: 32}", "gausian", r"did you mean 'gaussian'\?")
        self.refused_line("inputs: {dataset: mnits, samples: 8}", "mnits", r"did you mean 'mnist'\?")
        self.refused_line("weights: {distribution: norm, neurons: 3}", "norm", "no distribution 'norm'")

    def test_missing_parts(self) -> None:
        for key in ("inputs", "weights", "quantizer"):
            with self.subTest(key=key):
                lines = self.refused(re.sub(rf"(?m)^{key}:.*\n", "", LINES))
                self.assertEqual(len(lines), 1)
                self.assertRegex(lines[0], rf"\Abad\.yaml:1:1: {key} is missing")
        self.refused_line("weights: {distribution: gaussian}", "{distribution: gaussian}", "neurons is missing")
        self.refused_line("inputs: {distribution: gaussian, samples: 8}", "{distribution: gaussian, s", "width is missing")
        self.refused_line("inputs: {samples: 8, width: 32}", "{samples", "give distribution or dataset")
        self.refused_line("inputs: {distribution: gaussian, dataset: digits, samples: 8, width: 32}", "dataset", "not both")


class Values(Refused):
    def test_wrong_types(self) -> None:
        for value in ("yes", "true", "2.5", '"2"', "[1, 2]", "{a: 1}", "1e3"):
            self.refused_line(f"trials: {value}", value, r"trials must be an integer >= 1")
        self.refused_line("name: 5", "5", "name must be a text")
        self.refused_line("name: ../up", "../up", "letters, digits")
        self.refused_line("probability: high", "high", "probability must be a number")
        self.refused_line('inputs: {distribution: gaussian, samples: 8, width: "32"}', '"32"', "width must be an integer")
        self.refused_line("precision: float16", "float16", "float64 or float32")
        self.refused_line("plot: 5", "5", "plot must be a mapping")
        self.refused_line("quantizer: gpfq", "gpfq", "not a mapping")

    def test_numbers_out_of_range(self) -> None:
        self.refused_line("trials: 0", "0", "trials must be an integer >= 1")
        self.refused_line("seed: -1", "-1", "seed must be an integer >= 0")
        self.refused_line("seed: 99999999999999999999", "999", "out of the range of a 64-bit integer", alone=False)
        self.refused_line("probability: 1", "1", "probability must be a number > 0")
        self.refused_line("probability: 0.0", "0.0", "probability must be a number > 0")
        self.refused_line("inputs: {distribution: gaussian, samples: 8, width: -32}", "-32", "width must be an integer >= 1")
        self.refused_line("inputs: {distribution: gaussian, samples: 0, width: 32}", "0,", "samples must be an integer >= 1")
        self.refused_line("inputs: {distribution: gaussian, samples: 8, width: 32, sigma: 0}", "0}", "sigma must be a number > 0")
        self.refused_line("inputs: {distribution: gaussian, samples: 8, width: 32, mismatch: -1}", "-1", "mismatch must be a number >= 0")
        self.refused_line("weights: {distribution: uniform, low: 1, high: 1, neurons: 3}", "{distribution: uni", "low must be below high")

    def test_leading_zeros_and_what_is_no_number(self) -> None:
        self.refused_line("trials: 010", "010", "leading zero")
        self.refused_line("inputs: {distribution: gaussian, samples: 08, width: 32}", "08", "leading zero")
        self.refused_line("probability: .nan", ".nan", "not a finite number", alone=False)
        self.refused_line("probability: .inf", ".inf", "not a finite number", alone=False)
        self.refused_line("probability: 1e999", "1e999", "out of the range", alone=False)

    def test_alphabets(self) -> None:
        for alphabet, pattern in (("levels: 4, step: 1.0", "odd number of levels"), ("levels: 3, bits: 2, step: 1.0", "either alphabet.levels or"),
                                  ("step: 1.0", "either alphabet.levels or"), ("bits: 1, step: 1.0", "at least 3 levels"), ("levels: 3", "give alphabet.step"),
                                  ("levels: infinite", "give alphabet.step"), ("levels: infinite, radius: {rule: absmax}", "no largest level"),
                                  ("levels: 3, step: 1.0, radius: {rule: absmax}", "not both")):
            self.refused_line(f"quantizer: {{name: gpfq, alphabet: {{{alphabet}}}}}", "{name", pattern)
        for alphabet, at, pattern in (("levels: 3, step: 0", "0}", "step must be a number > 0"), ("levels: 3, step: -1", "-1", "step must be a number > 0"),
                                      ("levels: 1, step: 1.0", "1, ", "levels must be an integer >= 2"), ("levels: 2.5, step: 1.0", "2.5", "levels must be"),
                                      ("levels: many, step: 1.0", "many", "or 'infinite'"), ("bits: 60, step: 1.0", "60", "bits must be"),
                                      ("levels: 3, radius: {rule: absmex}", "absmex", "radius.rule must be"),
                                      ("levels: 3, radius: {rule: absmax, scale: 0}", "0}", "radius.scale must be a number > 0")):
            self.refused_line(f"quantizer: {{name: gpfq, alphabet: {{{alphabet}}}}}", at, pattern)

    def test_the_law_of_random_decisions(self) -> None:
        for words, at, pattern in (("law: logistic", "{name", "law logistic needs sigma"), ("sigma: 0.1", "{name", "sigma goes with law logistic"),
                                   ("law: logistc, sigma: 0.1", "logistc", "law must be one of uniform, logistic"),
                                   ("law: logistic, sigma: -1", "-1", "sigma must be a number >= 0"),
                                   ("law: logistic, sigma: 1, alphabet: {levels: {rule: spfq_no_clip}, step: 1.0}", "{name", "random with mean 0")):
            alphabet = "" if "alphabet" in words else ", alphabet: {levels: infinite, step: 1.0}"
            self.refused_line(f"quantizer: {{name: spfq, {words}{alphabet}}}", at, pattern)

    def test_a_list_where_one_value_is_wanted(self) -> None:
        self.refused_line("inputs: {distribution: gaussian, samples: 8, width: [32, 64]}", "[32", r"inputs\.width takes one value; to sweep it, put the list under",
                          alone=False)
        self.refused_line("quantizer: {name: gpfq, alphabet: {levels: [3, 5], step: 1.0}}", "[3", "takes one value", alone=False)
        self.refused_line("quantizer: [{name: gpfq}]", "[", "not a mapping")


class Expressions(Refused):
    def test_what_they_say(self) -> None:
        for text, pattern in (("log2(widht)", r"there is no column 'widht' \(did you mean 'width'\?\)"), ("width/3", "must be an integer .* use floor, ceil or round"),
                              ("1 + * 2", r"is missing before '\* 2' in '1 \+ \* 2'"), ("lg(width)", r"no function 'lg' \(did you mean 'log'\?\)"),
                              ("width/(width-width)", "divides by 0"), ("log(-width)", "log takes a number > 0, not -32"), ("10^400", "is not finite"),
                              ("width-40", "must be an integer >= 1 .* not -8, from 'width-40'"), ("2*quantizer_name", "'quantizer_name' is 'gpfq', which is not a number"),
                              ("2*quantizer_alphabet_bits", "is not set in this cell"), ("(" * 100, "nested over 64 deep"),
                              ("2*samples", "depends on itself: samples -> samples"), ("widht", r"not widht \(did you mean 'width'\?\)"),
                              ("8", "not the text '8': leave out the quotes")):
            self.refused_line(f"inputs: {{distribution: gaussian, samples: '{text}', width: 32}}", f"'{text}'", f"samples.*{pattern}")

    def test_a_cycle_is_one_complaint(self) -> None:
        self.refused_line("inputs: {distribution: gaussian, samples: 'width/4', width: '4*samples'}", "'4*samples'",
                          "inputs.width depends on itself: samples -> width -> samples")

    def test_where_they_may_not_be(self) -> None:
        for line, at, pattern in (("trials: '2*2'", "'2*2'", "trials must be an integer"), ("seed: '1+1'", "'1+1'", "seed must be"),
                                  ("probability: '1/2'", "'1/2'", "probability must be"), ("precision: 'float(64)'", "'float(64)'", "float64 or float32")):
            self.refused_line(line, at, pattern)

    def test_on_the_command_line(self) -> None:
        lines = self.refused(LINES, "samples=width/3", "neurons=floor(log2(wdth))")
        self.assertEqual(len(lines), 2)
        self.assertRegex(lines[0], r"\Acommand line: samples: .*use floor, ceil or round")
        self.assertRegex(lines[1], r"\Acommand line: neurons: .*did you mean 'width'")
        self.write("good.yaml", LINES)
        self.assertRegex(self.run_program("good.yaml", "-n", "samples=max(width/4,2),ceil(sqrt(width))").out, r"2 cells")


class Measurements(Refused):
    def test_fresh_rows(self) -> None:
        for text, at, pattern in (("fresh: 0", "0}", r"inputs.fresh.samples must be an integer >= 1"), ("fresh: -3", "-3", "must be an integer >= 1"),
                                  ("fresh: many", "many", "must be an integer >= 1"), ("fresh: {sample: 9}", "sample: 9", r"no parameter 'fresh.sample' \(did you mean 'fresh.samples'\?\)"),
                                  ("fresh: {samples: 9, split: test}", "split: test", "'gaussian' has no parameter 'fresh.split'"),
                                  ("fresh: 'log(0)'", "'log(0)'", "log takes a number > 0"), ("fresh: 9, fresh.samples: 8", "fresh.samples", "given twice")):
            self.refused_line(f"inputs: {{distribution: gaussian, samples: 8, width: 32, {text}}}", at, pattern)

    def test_fresh_rows_of_data(self) -> None:
        self.write("X.npy", npy_bytes([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
        for text, pattern in (("samples: 2, fresh: 2", "fresh.samples must be at most 1, the rows left of npy, not 2"),
                              ("fresh: 1", "fresh.samples must be at most 0, the rows left of npy")):
            self.refused_line(f"inputs: {{dataset: npy, path: X.npy, {text}}}", "{dataset", pattern)
        self.refused_line("inputs: {dataset: npy, path: X.npy, samples: 2, fresh: {split: test}}", "split", "'npy' has no parameter 'fresh.split'", alone=False)
        line = ",".join(["0"] * 65) + "\n"
        self.write("digits/digits.csv", line * 1797)
        env = environment(PATHQUANT_DATA=str(self.folder))
        for text, pattern in (("split: all, samples: 9, fresh: {split: second_half}", "split all and fresh.split second_half have rows in common"),
                              ("split: first_half, samples: 9, fresh: {split: second_half, samples: 900}", "fresh.samples must be at most 899"),
                              ("split: first_half, samples: 9, fresh: {split: third}", "inputs.fresh.split must be one of all, first_half, second_half, not third")):
            lines = self.refused(with_line(f"inputs: {{dataset: digits, {text}}}"), env=env)
            self.assertEqual(len(lines), 1, lines)
            self.assertRegex(lines[0], pattern)

    def test_measure(self) -> None:
        self.refused_line("measure: error_budgt", "error_budgt", r"measure: there is no 'error_budgt' \(did you mean 'error_budget'\?\): max_abs_error, error_budget, row_space_error")
        self.refused_line("measure: [error_budget, 5]", "5]", "there is no '5'")
        self.refused_line("measure: {error_budget: true}", "{error", "measure: there is no")
        self.refused_line("sweep: {grid: {measure: [error_budget]}}", "measure", "cannot be swept")
        self.assertRegex(self.refused(LINES, "measure=error_budget,rowspace")[0], "measure: there is no 'rowspace'")

    def test_levels_that_are_chosen(self) -> None:
        for name, alphabet, at, pattern in (
                ("gpfq", "levels: {rule: spfq_no_clip}, step: 1.0", "{name", "quantizer 'gpfq': .*random with mean 0"),
                ("msq", "levels: {rule: spfq_no_clip}, step: 1.0", "{name", "quantizer 'msq': .*rounds the weights themselves"),
                ("spfq", "levels: {rule: spfq_no_clp}, step: 1.0", "spfq_no_clp", "alphabet.levels.rule must be 'spfq_no_clip', not spfq_no_clp"),
                ("spfq", "levels: {rule: spfq_no_clip, probability: 1}, step: 1.0", "1},", "alphabet.levels.probability must be a number > 0 and <="),
                ("spfq", "levels: {probability: 0.9}, step: 1.0", "{name", "give either alphabet.levels or alphabet.bits"),
                ("spfq", "levels: {rule: spfq_no_clip}", "{name", "may not depend on them: give alphabet.step"),
                ("spfq", "levels: {rule: spfq_no_clip}, radius: {rule: absmax}", "{name", "may not depend on them: give alphabet.step"),
                ("spfq", "levels: {rule: spfq_no_clip}, bits: 3, step: 1.0", "{name", "give either alphabet.levels or alphabet.bits")):
            self.refused_line(f"quantizer: {{name: {name}, alphabet: {{{alphabet}}}}}", at, pattern)

    def test_trials(self) -> None:
        for text, at, pattern in (("{until: 0.02, of: relative_squared_error}", "{until", "trials.max is missing"), ("{until: 0.02, max: 40}", "{until", "trials.of is missing"),
                                  ("{of: clipped, max: 40}", "{of", "trials.until is missing"), ("{until: 0.02, of: cliped, max: 40}", "cliped", r"did you mean 'clipped'\?"),
                                  ("{until: 0, of: clipped, max: 40}", "0, of", "trials.until must be a number > 0 and <= 1"),
                                  ("{until: 0.1, of: clipped, max: 40, minimum: 3}", "minimum", "unknown key 'minimum' in trials"),
                                  ("{until: 0.1, of: clipped, max: 1}", "1}", "trials.max must be an integer >= 2"),
                                  ("{until: 0.1, of: clipped, max: 40, batch: 1}", "1}", "trials.batch must be an integer >= 2")):
            self.refused_line(f"trials: {text}", at, pattern)


class Sweeps(Refused):
    def test_grids(self) -> None:
        self.refused_line("sweep: {grid: {}}", "{}", "grid is empty")
        self.refused_line("sweep: {grid: {width: []}}", "[]", "empty list")
        self.refused_line("sweep: {grid: {width: 5}}", "5", "must be a list")
        self.refused_line("sweep: {grid: [width]}", "[", "must be a mapping")
        self.refused_line("sweep: {grid: {seed: [1, 2]}}", "seed", "cannot be swept")
        self.refused_line("sweep: {grid: {width: [32], inputs.width: [64]}}", "inputs.width", "given twice")
        self.refused_line("sweep: []", "[]", "sweep must be a block")
        self.refused_line("sweep: {grid: {width: [32, -64]}}", "-64", "width must be an integer >= 1")

    def test_zips(self) -> None:
        self.refused_line("sweep: {zip: {width: [32, 64], samples: [8]}}", "samples: [8]", "zip runs its lists in step: inputs.samples has 1 values but inputs.width has 2")
        self.refused_line("sweep: {grid: {width: [32]}, zip: {width: [64]}}", "width: [64]", "both in grid and in zip")

    def test_exclusions(self) -> None:
        lines = self.refused(with_line("sweep: {grid: {width: [32, 64]}, exclude: [{samples: 8}]}"))
        self.assertEqual(len(lines), 1)
        self.assertIn("exclude leaves none", lines[0])
        self.refused_line("sweep: {grid: {width: [32]}, exclude: {width: 32}}", "{width: 32}", "exclude must be a list")
        self.refused_line("sweep: {grid: {width: [32]}, exclude: [{}]}", "{}]", "an item of exclude is a mapping")

    def test_a_fault_of_many_cells_is_one_complaint(self) -> None:
        self.refused_at(with_line("weights: {distribution: gaussian, neurons: 0}") + "sweep: {grid: {width: [32, 64], samples: [4, 8]}}\n",
                        ("0}", "neurons must be"))

    def test_all_errors_at_once(self) -> None:
        text = ("experiment: layer\n"
                "trials: 010\n"
                "inputs: {distribution: gaussian, samples: 8, width: -32}\n"
                "weights: {distribution: gaussian, neurons: 3, sigm: 1}\n"
                "quantizer: {name: gpfq, alphabet: {levels: 4, step: 1.0}}\n"
                "bounds: [gpfq_men]\n"
                "sweep: {zip: {precision: [float32, float64], mismatch: [0]}}\n"
                "colour: red\n"
                "plot: {hue: width}\n")
        done = self.refused(text)
        for at, pattern in (("010", "leading zero"), ("-32", "width must be"), ("sigm", "no parameter 'sigm'"), ("{name", "odd number of levels"),
                            ("gpfq_men", "did you mean 'gpfq_mean'"), ("mismatch: [0]", "zip runs its lists in step"), ("colour", "unknown key 'colour'"),
                            ("hue", "unknown key 'hue' in plot")):
            with self.subTest(at=at):
                self.assertEqual(len([line for line in done if re.match(rf"bad\.yaml:{place(text, at)}: .*{pattern}", line)]), 1, "\n".join(done))
        places = [tuple(map(int, line.split(":")[1:3])) for line in done]
        self.assertEqual(places, sorted(places))


class Text(Refused):
    def test_what_is_not_yaml(self) -> None:
        for text, pattern in ((LINES + "sweep: {grid: [\n", r"bad\.yaml:\d+:\d+: not YAML"), (LINES.encode() + b"name: \xff\n", r"bad\.yaml:6:7: "),
                              (LINES + "name: a\x07b\n", r"bad\.yaml:6:8: "), ("just a text\n", r"bad\.yaml:1:1: a config is a mapping"),
                              ("- a\n- b\n", r"bad\.yaml:1:1: a config is a mapping"), ("", r"bad\.yaml:1:1: a config is a mapping"),
                              (LINES + "---\nname: b\n", r"bad\.yaml:6:1: .*one YAML document"), (LINES + "\tname: b\n", r"bad\.yaml:6:\d+: "),
                              (LINES + "name: &a b\n", r"bad\.yaml:6:7: anchors"), (LINES + "name: !!str b\n", r"bad\.yaml:6:7: tags")):
            with self.subTest(text=text[-20:]):
                self.assertRegex(self.refused(text)[0], r"\A" + pattern)

    def test_too_large(self) -> None:
        just = LINES + "#" * ((1 << 20) - len(LINES))
        self.write("good.yaml", just)
        self.run_program("good.yaml", "-n")
        self.assertRegex(self.refused(just + "#")[0], r"\Abad\.yaml: .*1 MiB")

    def test_too_deep(self) -> None:
        text = LINES + "name: " + "[" * 100 + "]" * 100 + "\n"
        self.refused_at(text, ("[" * 37 + "]", "nested more than 64 deep"))
        self.assertIn("more than 64 deep", self.refused(LINES + "name: " + "[" * 500_000)[0])

    def test_no_such_file(self) -> None:
        self.assertIn("absent.yaml: cannot be read", self.run_program("absent.yaml", code=2).err)
        self.assertIn("cannot be read", self.run_program(".", code=2).err)


class Words(Refused):
    def test_options(self) -> None:
        for words in (("--shard", "0/2"), ("--shard", "3/2"), ("--shard", "2"), ("--shard", "1/"), ("--shard", "1/2/3"), ("--shard", "a/b"),
                      ("--shard", "-1/2"), ("--timeout", "5d"), ("--timeout", "-5s"), ("--timeout", "0"), ("--timeout", ""), ("--timeout", "soon"),
                      ("--timeout", "nan"), ("--filter", "width"), ("--filter", "=3"), ("--filter", "width="), ("--filter", "!=3"),
                      ("--filter", "wdth=32"), ("--filter", "width=33"), ("--jobs", "0"), ("--jobs", "-1"), ("--jobs", "5000"), ("--jobs", "many"),
                      ("--context", "novalue"), ("--collect", "--shard", "1/2"), ("--colect",), ("width",), ("=3",)):
            with self.subTest(words=words):
                self.refused(LINES, *words)

    def test_what_the_message_says(self) -> None:
        for words, pattern in ((("--shard", "3/2"), "--shard takes k/n with 1 <= k <= n, not '3/2'"), (("--timeout", "5d"), "90s, 10m or 3h, not '5d'"),
                               (("--filter", "wdth=32"), "no cell has a column 'wdth' .did you mean 'width'"), (("--filter", "width=33"), "leaves no cell"),
                               (("width",), "'width' is not key=value"), (("--jobs", "0"), "between 1 and 4096")):
            with self.subTest(words=words):
                self.assertRegex("\n".join(self.refused(LINES, *words)), pattern)

    def test_overrides(self) -> None:
        for word, pattern in (("wdth=64", r"unknown key 'wdth' \(did you mean 'width'\?\)"), ("width=-64", "width must be an integer >= 1"),
                              ("width=", "a value is missing"), ("width=1,,2", "an element is missing"), ("width=064", "leading zero"),
                              ("width=[1", "not YAML"), ("trials=1,2", "cannot be swept"), ("quantizer.alphabet.levels=4", "odd number of levels"),
                              ("quantizer.name=gpqf", r"did you mean 'gpfq'\?"), ("bounds=gpfq_men", r"did you mean 'gpfq_mean'\?")):
            with self.subTest(word=word):
                lines = self.refused(LINES, word)
                self.assertEqual(len(lines), 1, lines)
                self.assertRegex(lines[0], pattern)
        self.assertRegex(self.refused(LINES, "width=-64")[0], r"\Acommand line: (inputs\.)?width: ")

    def test_commands(self) -> None:
        for words in ((), ("list", "nonsense"), ("list", "bounds", "more"), ("explain",), ("explain", "gpqf"), ("quantize",), ("quantize", "--weights", "W.npy")):
            with self.subTest(words=words):
                done = self.run_program(*words, code=2)
                self.assertEqual(done.out, "")
                self.assertNotEqual(done.err, "")
        self.assertIn("did you mean 'gpfq'", self.run_program("explain", "gpqf", code=2).err)

    def test_a_file_where_the_results_folder_should_be(self) -> None:
        """Permissions would not do: root has them all."""
        self.write("taken", "mine")
        for output in ("taken", "taken/below"):
            with self.subTest(output=output):
                lines = self.refused(LINES, "-o", output, also_dry=False)
                self.assertIn("taken", "\n".join(lines))
        self.assertEqual((self.folder / "taken").read_text(), "mine")


class DataFiles(Refused):
    """The place is the section's, the message names the file."""

    def section(self, key: str, section: dict[str, Any], pattern: str, env: dict[str, str] | None = None) -> None:
        text = with_line(f"{key}: {json.dumps(section)}")
        lines = self.refused(text, env=env)
        self.assertRegex("\n".join(lines), rf"\Abad\.yaml:{place(text, '{' + json.dumps(section)[1:])}: {key} '\w+': (.|\n)*{pattern}")

    def test_npy(self) -> None:
        rows = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
        good = npy_bytes(rows)
        packed = gzip.compress(good)
        damaged = bytearray(gzip.compress(bytes(range(256)) * 40))
        damaged[len(damaged) // 2] ^= 0xFF
        files: dict[str, tuple[bytes, str]] = {
            "truncated": (good[:-8], "is truncated"),
            "too_long": (good + b"12345678", "bytes too many"),
            "header_only": (good[:40], "truncated inside its header"),
            "empty": (b"", "is not an NPY file"),
            "text": (b"1,2,3\n4,5,6\n", "is not an NPY file"),
            "archive": (b"PK\x03\x04" + good, "zip archive"),
            "row": (npy_bytes(rows, shape=(6,)), "1 dimensions"),
            "cube": (npy_bytes(rows, shape=(1, 2, 3)), "3 dimensions"),
            "none": (npy_bytes([], shape=(0, 3)), "is empty"),
            "hostile": (npy_bytes(rows, shape=(1 << 62, 1 << 62)), "is truncated"),
            "integers": (npy_bytes([[1, 2], [3, 4]], "<i8"), "holds int64"),
            "big_endian": (npy_bytes(rows, ">f8"), "big-endian float64"),
            "nan": (npy_bytes([[1.0, 2.0], [3.0, float("nan")]]), "NaN at row 1, column 1"),
            "infinity": (npy_bytes([[1.0, float("-inf")]]), "infinity at row 0, column 1"),
            "malformed": (good.replace(b"'shape'", b"'shqpe'"), "header is malformed"),
            "packed_truncated": (packed[:-12], "gzip is truncated"),
            "packed_corrupt": (bytes(damaged), "gzip is corrupt"),
        }
        for name, (content, pattern) in files.items():
            self.write(f"{name}.npy", content)
            for key, section in (("inputs", {"dataset": "npy", "path": f"{name}.npy"}), ("weights", {"distribution": "npy", "path": f"{name}.npy"})):
                with self.subTest(name=name, key=key):
                    self.section(key, section, rf"{name}\.npy\W.*{pattern}")

    def test_npy_that_is_not_there(self) -> None:
        for key, selector in (("inputs", "dataset"), ("weights", "distribution")):
            self.section(key, {selector: "npy", "path": "absent.npy"}, "absent.npy.*no such file")
            self.section(key, {selector: "npy", "path": "."}, "is a folder")

    def test_shapes_that_do_not_fit(self) -> None:
        self.write("W.npy", npy_bytes([[1.0] * 32] * 3))
        self.write("X.npy", npy_bytes([[1.0] * 5] * 4))
        self.section("weights", {"distribution": "npy", "path": "W.npy", "neurons": 2}, "3 neurons|neurons")
        self.section("inputs", {"dataset": "npy", "path": "X.npy", "samples": 5}, "samples is 5, but the data have 4")
        self.section("inputs", {"dataset": "npy", "path": "X.npy", "width": 6}, "width is 6, but the data have 5")
        self.section("inputs", {"dataset": "npy", "path": "X.npy", "width": 4}, "features")
        settings = config(inputs={"dataset": "npy", "path": "X.npy"}, weights={"distribution": "npy", "path": "W.npy"})
        self.assertIn("W has 32 inputs but X has 5 features", "\n".join(self.refused(json.dumps(settings))))

    def test_images(self) -> None:
        good = struct.pack(">iiii", 0x803, 3, 28, 28) + bytes(3 * 784)
        packed = gzip.compress(good)
        damaged = bytearray(gzip.compress(struct.pack(">iiii", 0x803, 3, 28, 28) + bytes(i * i % 251 for i in range(3 * 784))))
        damaged[len(damaged) // 2] ^= 0xFF
        files = {"good": (good, None), "truncated": (good[:-1], "is truncated"), "too_long": (good + b"1", "bytes too many"),
                 "header": (good[:7], ""), "labels": (struct.pack(">ii", 0x801, 3) + bytes(3), ""), "empty": (b"", ""),
                 "small": (struct.pack(">iiii", 0x803, 3, 2, 2) + bytes(12), "28 x 28 are needed"),
                 "packed_truncated": (packed[:-12], "gzip is truncated"), "packed_corrupt": (bytes(damaged), "gzip is corrupt")}
        for name, (content, pattern) in files.items():
            ending = ".gz" if name.startswith("packed") else ""
            self.write(f"{name}/mnist/train-images-idx3-ubyte{ending}", content)
            env = environment(PATHQUANT_DATA=str(self.folder / name), HOME=str(self.folder), XDG_CACHE_HOME=None)
            with self.subTest(name=name):
                if pattern is None:
                    self.write("good.yaml", with_line("inputs: {dataset: mnist, samples: 2}"))
                    self.run_program("good.yaml", "-n", env=env)
                else:
                    self.section("inputs", {"dataset": "mnist", "samples": 2}, rf"train-images-idx3-ubyte.*{pattern}", env)

    def test_data_set_that_is_not_there(self) -> None:
        env = environment(PATHQUANT_DATA=None, HOME=str(self.folder), XDG_CACHE_HOME=None)
        self.section("inputs", {"dataset": "mnist", "samples": 2}, r"was not found\. Looked at:\n.*\.cache/pathquant/mnist(.|\n)*PATHQUANT_DATA", env)

    def test_digits(self) -> None:
        line = ",".join(["0"] * 65)
        for name, content in (("short", line + "\n"), ("letters", "a,b\n"), ("ragged", line + "\n1,2\n"), ("empty", ""), ("bright", f"17,{line[2:]}\n" * 1797)):
            self.write(f"{name}/digits/digits.csv", content)
            with self.subTest(name=name):
                self.section("inputs", {"dataset": "digits", "samples": 2}, r"digits\.csv", environment(PATHQUANT_DATA=str(self.folder / name)))


if __name__ == "__main__":
    unittest.main()
