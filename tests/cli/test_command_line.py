"""The commands of runsweep: their help, their words, and what stands before and after them."""
from __future__ import annotations

import re
import unittest

import support

COMMANDS = ["advise", "audit", "bench", "explain", "fetch", "list", "new", "quantize", "sweep", "unpack"]


class CommandLine(support.InFolder):
    def test_help_of_every_command(self) -> None:
        listed = self.run_program("--help").out
        self.assertEqual(self.run_program("help").out, listed)
        commands = re.findall(r"(?m)^  ([a-z]+) ", listed.split("Subcommands:")[1])
        self.assertEqual(commands, COMMANDS)
        for command in commands:
            shown = self.run_program(command, "--help").out
            self.assertEqual(self.run_program("help", command).out, shown)
            self.assertIn(f"runsweep {command}", shown)

    def test_every_optional_value_has_its_default_in_the_help(self) -> None:
        for command in COMMANDS:
            shown = self.run_program(command, "--help").out
            for option in re.split(r"\n  (?=\S)", shown.partition("Options:")[2])[1:]:
                with self.subTest(f"{command} {option}"):
                    takes_value = re.match(r"\S+ [A-Za-z]", option)
                    if takes_value and "REQUIRED" not in option:
                        self.assertRegex(option, r"default|=\S+|\[\S+\]")

    def test_without_words_it_shows_its_help_and_fails(self) -> None:
        done = self.run_program(code=2)
        self.assertEqual((done.out, done.err), ("", self.run_program("help").out))

    def test_an_unknown_command_is_named(self) -> None:
        for words, pattern in ((("quantise",), r"unknown command 'quantise' \(did you mean 'quantize'\?\)"), (("hlep",), r"unknown command 'hlep' \(did you mean 'help'\?\)"),
                               (("zzzzzz",), "unknown command 'zzzzzz':"), (("help", "lst"), r"unknown command 'lst' \(did you mean 'list'\?\)")):
            self.assertRegex(self.run_program(*words, code=2).err, rf"\Arunsweep: {pattern}")

    def test_what_looks_like_a_path_or_is_a_file_is_a_config(self) -> None:
        for word in ("missing.yaml", "some/where"):
            self.assertRegex(self.run_program(word, code=2).err, rf"\A{word}: ")
        self.write("sweep_of_mine", support.BASE)
        expected = self.run_program("sweep_of_mine", "-n").out
        self.assertEqual(self.run_program("sweep", "sweep_of_mine", "-n").out, expected)
        self.assertEqual(self.run_program("-n", "sweep_of_mine").out, expected)

    def test_a_word_too_many_is_refused(self) -> None:
        for words in (("list", "inputs", "bounds"), ("explain", "gpfq", "msq"), ("fetch", "mnist", "fashion"), ("list", "--filter", "a=b"), ("explain",), ("fetch",)):
            self.run_program(*words, code=2)

    def test_plugins_go_with_every_command_and_place(self) -> None:
        for words in (("--plugin", "none.so", "list"), ("list", "--plugin", "none.so"), ("--plugin=none.so", "list"), ("list", "quantizers", "--plugin=none.so"),
                      ("--plugin", "none.so", "config.yaml"), ("config.yaml", "--plugin", "none.so", "-n"), ("explain", "--plugin", "none.so", "gpfq")):
            self.write("config.yaml", support.BASE)
            self.assertIn("none.so", self.run_program(*words, code=2).err)


if __name__ == "__main__":
    unittest.main()
