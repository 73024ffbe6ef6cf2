// Bounded text: the beginning and the end of a text of unlimited length.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pathquant {

class BoundedText {
 public:
  void add(std::string_view more);
  /// The text, at most a few kibibytes, without blanks at its ends. "[...]" replaces the omitted part.
  std::string text() const;
  /// Number of bytes added.
  std::size_t total() const { return total_; }

  /// Limit of a process's output in bytes: more is treated as a runaway process.
  static constexpr std::size_t flood = std::size_t{16} << 20;

 private:
  static constexpr std::size_t kept = 1024;  // bytes at either end
  std::string first_, last_;
  std::size_t total_ = 0;
};

}  // namespace pathquant
