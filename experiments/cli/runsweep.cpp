// The program: settings of the process, the command line, and exceptions as exit codes.
#include <fmt/format.h>
#include <malloc.h>

#include <Eigen/Core>
#include <cstdio>
#include <iostream>

#include "core/error.hpp"
#include "experiments/cli/command_line.hpp"

namespace {

using namespace pathquant;

// Memory that a task gives back stays with the process for the next one: pages that the system has to clear first cost
// a layer up to a quarter of its time.
void keep_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the largest that it takes
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
#endif
}

// Printed text may fail only when it leaves the buffer: on a full disk, or into a pipe without a reader.
int with_output(int code) {
  std::cout.flush();
  const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout.good();
  if (written || code != all_good) return code;
  throw Error("standard output could not be written whole: is the disk full, or its reader gone?", bad_usage);
}

int fail(const char* prefix, const std::exception& error, ExitCode code) {
  fmt::print(stderr, "{}{}\n", prefix, error.what());
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  keep_memory();
  // Eigen cuts its products by the sizes of the caches, and where it cuts decides the last bits of a sum: the same
  // sizes on every machine make what it computes the same everywhere.
  Eigen::setCpuCacheSizes(32 << 10, 512 << 10, 4 << 20);
  try {
    return with_output(cli::run_command_line({argv, argv + argc}));
  } catch (const Error& error) {
    return fail(error.begins_with_place() ? "" : "runsweep: ", error, error.exit_code());
  } catch (const std::invalid_argument& error) {
    return fail("runsweep: ", error, bad_usage);
  } catch (const std::domain_error& error) {
    return fail("runsweep: ", error, bad_usage);
  } catch (const std::exception& error) {
    return fail("runsweep: internal error: ", error, internal_error);
  }
}
