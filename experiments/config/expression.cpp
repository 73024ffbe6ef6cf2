#include "experiments/config/expression.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/algorithm/string/trim.hpp>
#include <charconv>
#include <cmath>
#include <limits>

#include "core/random/elementary.hpp"
#include "experiments/config/node.hpp"

namespace pathquant {
namespace {

constexpr int deepest = 64;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::string_view leading_name(std::string_view text) {
  if (text.empty() || !is_letter(text.front())) return {};
  const auto end =
      std::find_if_not(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '.'; });
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

// Logarithm of x > 0 from x = 2^exponent times a fraction in [1/2, 1), so that denormal x keep their precision.
double logarithm(double x, double unit) {
  int exponent = 0;
  const double fraction = std::frexp(x, &exponent);
  if (x >= std::numeric_limits<double>::min()) return natural_log(x) / unit;
  return (natural_log(fraction) + exponent * 0x1.62e42fefa39efp-1) / unit;
}

double binary_logarithm(double x) {
  int exponent = 0;
  if (std::frexp(x, &exponent) == 0.5) return exponent - 1;
  return logarithm(x, 0x1.62e42fefa39efp-1);
}

double whole_power(double base, double exponent) {
  double result = 1;
  double square = base;
  for (double left = std::abs(exponent); left > 0; left = std::floor(left / 2), square *= square)
    if (std::fmod(left, 2) != 0) result *= square;
  return exponent < 0 ? 1 / result : result;
}

struct Function {
  std::string name;
  bool any_number_of_arguments;
  double (*value)(const std::vector<double>& arguments);
  const char* domain = "";  ///< what the argument must be
  bool (*defined)(double argument) = [](double) { return true; };
};

const std::vector<Function>& functions() {
  using Arguments = const std::vector<double>&;
  constexpr auto positive = [](double x) { return x > 0; };
  static const std::vector<Function> table = {
      {"log", false, [](Arguments a) { return logarithm(a[0], 1); }, "a number > 0", positive},
      {"log2", false, [](Arguments a) { return binary_logarithm(a[0]); }, "a number > 0", positive},
      {"sqrt", false, [](Arguments a) { return std::sqrt(a[0]); }, "a number >= 0", [](double x) { return x >= 0; }},
      {"floor", false, [](Arguments a) { return std::floor(a[0]); }},
      {"ceil", false, [](Arguments a) { return std::ceil(a[0]); }},
      {"round", false, [](Arguments a) { return std::round(a[0]); }},
      {"min", true, [](Arguments a) { return *std::min_element(a.begin(), a.end()); }},
      {"max", true, [](Arguments a) { return *std::max_element(a.begin(), a.end()); }},
  };
  return table;
}

// Recursive-descent evaluator: parses and evaluates in one pass, so the stack is as deep as the brackets nest.
class Evaluator {
 public:
  Evaluator(std::string_view text, const NumberOf& number_of) : text_(text), number_of_(number_of) {}

  double value() {
    const double result = sum();
    if (at_ < text_.size()) fail_at("an operator is missing before");
    return result;
  }

 private:
  std::string_view rest() const { return text_.substr(at_); }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  bool take(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    skip_blanks();
    return true;
  }

  [[noreturn]] void fail(const std::string& message) const { throw ExpressionError(message); }

  [[noreturn]] void fail_at(const char* missing) const {
    if (at_ == text_.size()) fail(fmt::format("{} the end of '{}'", missing, excerpt(text_)));
    fail(fmt::format("{} '{}' in '{}'", missing, excerpt(rest()), excerpt(text_)));
  }

  // Checks the value of the part read from `start` on, and returns it.
  double checked(double value, std::size_t start) const {
    if (!std::isfinite(value)) fail(fmt::format("'{}' is not finite", part_since(start)));
    return value;
  }
  std::string part_since(std::size_t start) const {
    return excerpt(boost::trim_copy(text_.substr(start, at_ - start)));
  }

  double sum() {
    skip_blanks();
    const std::size_t start = at_;
    double total = product();
    while (true) {
      if (take('+'))
        total = checked(total + product(), start);
      else if (take('-'))
        total = checked(total - product(), start);
      else
        return total;
    }
  }

  double product() {
    const std::size_t start = at_;
    double total = signed_power();
    while (true) {
      if (take('*')) {
        if (rest().starts_with('*')) fail(fmt::format("a power is written ^, not **, in '{}'", excerpt(text_)));
        total = checked(total * signed_power(), start);
      } else if (take('/')) {
        const double divisor = signed_power();
        if (divisor == 0) fail(fmt::format("'{}' divides by 0", part_since(start)));
        total = checked(total / divisor, start);
      } else {
        return total;
      }
    }
  }

  double signed_power() {
    const Nesting nesting(*this);
    return take('-') ? -signed_power() : power();
  }

  double power() {
    const std::size_t start = at_;
    const double base = atom();
    if (!take('^')) return base;
    const double exponent = signed_power();
    if (exponent == std::floor(exponent)) {
      if (base == 0 && exponent < 0) fail(fmt::format("'{}' divides by 0", part_since(start)));
      return checked(whole_power(base, exponent), start);
    }
    if (base == 0 && exponent > 0) return 0;
    if (!(base > 0)) fail(fmt::format("'{}': only an integer power of a number < 0 is defined", part_since(start)));
    const double natural = exponent * logarithm(base, 1);
    if (natural > largest_exponent) fail(fmt::format("'{}' is not finite", part_since(start)));
    return natural < -largest_exponent ? 0 : exponential(natural);
  }

  double atom() {
    skip_blanks();
    if (at_ == text_.size()) fail_at("a number, a name or '(' is missing before");
    if (is_digit(text_[at_]) || text_[at_] == '.') return number();
    if (is_letter(text_[at_])) return named();
    if (!take('(')) fail_at("a number, a name or '(' is missing before");
    const double inside = sum();
    if (!take(')')) fail_at("')' is missing before");
    return inside;
  }

  double number() {
    double value = 0;
    const char* first = text_.data() + at_;
    const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), value);
    if (error == std::errc::invalid_argument) fail_at("a number, a name or '(' is missing before");
    const auto length = static_cast<std::size_t>(end - first);
    if (error != std::errc()) fail(fmt::format("{} is out of the range of a double", excerpt({first, length})));
    at_ += length;
    skip_blanks();
    return value;
  }

  double named() {
    const std::size_t start = at_;
    const std::string name(leading_name(rest()));
    at_ += name.size();
    const bool called = take('(');
    const auto& all = functions();
    const auto function = std::find_if(all.begin(), all.end(), [&](const Function& f) { return f.name == name; });
    if (called && function == all.end())
      fail(fmt::format("there is no function '{}'{}: {}", name, suggestion(name, expression_functions()),
                       fmt::join(expression_functions(), ", ")));
    if (!called && function != all.end()) fail(fmt::format("'{0}' is a function: {0}(..)", name));
    if (!called) {
      std::string column = name;
      std::replace(column.begin(), column.end(), '.', '_');
      return number_of_(column);
    }
    std::vector<double> arguments = {sum()};
    while (take(',')) arguments.push_back(sum());
    if (!take(')')) fail_at("')' is missing before");
    if (arguments.size() > 1 && !function->any_number_of_arguments)
      fail(fmt::format("'{}': {} takes one number, not {}", part_since(start), name, arguments.size()));
    if (!function->defined(arguments.front()))
      fail(fmt::format("'{}': {} takes {}, not {}", part_since(start), name, function->domain, arguments.front()));
    return function->value(arguments);
  }

  // Limits the nesting of signs and brackets, which occurs in signed_power() only.
  class Nesting {
   public:
    explicit Nesting(Evaluator& evaluator) : depth_(evaluator.depth_) {
      if (++depth_ > deepest)
        evaluator.fail(fmt::format("'{}' is nested over {} deep", excerpt(evaluator.text_), deepest));
    }
    ~Nesting() { --depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    int& depth_;
  };

  std::string_view text_;
  const NumberOf& number_of_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

double evaluate_expression(std::string_view text, const NumberOf& number_of) {
  return Evaluator(boost::trim_copy(text), number_of).value();
}

const std::vector<std::string>& expression_functions() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const Function& function : functions()) list.push_back(function.name);
    return list;
  }();
  return names;
}

bool is_one_name(std::string_view text) {
  text = boost::trim_copy(text);
  return !text.empty() && leading_name(text).size() == text.size();
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t longest = 60;
  if (text.size() <= longest) return std::string(text);
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // not inside a character
  return std::string(text.substr(0, end)) + "..";
}

}  // namespace pathquant
