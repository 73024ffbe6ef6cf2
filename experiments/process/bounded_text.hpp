// What is kept of a text that may have no end: its beginning and its end.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pathquant {

class BoundedText {
 public:
  void add(std::string_view more);
  /// At most a few kibibytes, without blanks at its ends; "[...]" stands for what is left out.
  std::string text() const;
  /// Bytes that were added.
  std::size_t total() const { return total_; }

  /// Whoever writes more than this says nothing that anyone reads.
  static constexpr std::size_t flood = std::size_t{16} << 20;

 private:
  static constexpr std::size_t kept = 1024;  // at either end
  std::string first_, last_;
  std::size_t total_ = 0;
};

}  // namespace pathquant
