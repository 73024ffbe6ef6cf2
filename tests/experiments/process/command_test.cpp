#include "experiments/process/command.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "experiments/process/forked.hpp"

using namespace pathquant;

namespace command_test {

using Words = std::vector<std::string>;

TEST_CASE("a command is cut at blanks, and what is quoted stays together") {
  CHECK(command_words("python3 my.py {problem}  {result}") == Words{"python3", "my.py", "{problem}", "{result}"});
  CHECK(command_words(R"(a 'b c' "d e"f '' "\"g\\")") == Words{"a", "b c", "d ef", "", R"("g\)"});
  CHECK(command_words("echo $HOME *; rm x | y > z") == Words{"echo", "$HOME", "*;", "rm", "x", "|", "y", ">", "z"});
  for (const char* wrong : {"", "  ", "'a", "a \"b", "'' b"})
    CHECK_THROWS_AS(command_words(wrong), std::invalid_argument);
}

TEST_CASE("a command's end and its words come back, and no shell reads it") {
  const CommandEnd good = run_command({"printf", "%s|", "$HOME", "*"}, ExecutionContext());
  CHECK(good.status == 0);
  CHECK(good.output == "$HOME|*|");
  const CommandEnd bad = run_command({"sh", "-c", "echo out; echo err >&2; exit 7"}, ExecutionContext());
  CHECK(ending(bad.status) == "ended with exit code 7");
  CHECK(bad.output == "out\nerr");
  CHECK(ending(run_command({"sh", "-c", "kill -SEGV $$"}, ExecutionContext()).status).find("signal 11") !=
        std::string::npos);
  CHECK(run_command({"there is no such program"}, ExecutionContext()).status == -1);
  CHECK(run_command({"cat"}, ExecutionContext()).status == 0);  // its stdin is empty
}

TEST_CASE("a command that writes without end is stopped, and one that does not end can be") {
  const CommandEnd flood = run_command({"yes"}, ExecutionContext());
  CHECK(flood.flooded);
  CHECK(flood.output.size() < 4096);
  std::atomic<bool> stop = false;
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop = true;
  });
  CHECK_THROWS_AS(run_command({"sleep", "1000"}, ExecutionContext(&stop, std::nullopt)), Stopped);
  later.join();
}

}  // namespace command_test
