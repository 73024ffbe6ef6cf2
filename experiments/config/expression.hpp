// Arithmetic expressions in a config, such as `bits: 'log2(log2(width)) + 2'`.
//
//   sum      product, then + or - product, any number of them
//   product  signed, then * or / signed, any number of them
//   signed   power, or - signed
//   power    atom, or atom ^ signed: so 2^3^2 = 2^9, -2^2 = -4 and 2^-1 = 1/2
//   atom     a number, a name, (sum), or function(sum, ..)
//
//   function           value
//   log, log2, sqrt    of one number; log2 is exact for powers of two
//   floor, ceil        of one number
//   round              of one number to the nearest integer, halves away from 0
//   min, max           of one number or more
//
// Values are in double precision without libm's transcendental functions, so that a cell is the same on every machine:
// logarithms are those of core/random/elementary.hpp. x^y with an integer y is a product of x's (by repeated squaring).
// With another y it is exp(y log x), which needs x > 0 and has a relative error of about |y log x| + 1 units of 2^-52.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace pathquant {

/// Error in an expression. The message is a sentence that quotes the part concerned.
struct ExpressionError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Callback that returns the number of a name. Throws ExpressionError for an unknown name. All its exceptions
/// propagate.
using NumberOf = std::function<double(const std::string& name)>;

/// Evaluates an expression. The value is finite. A name is a letter or underscore, then letters, digits, underscores
/// and dots; dots count as underscores. Throws ExpressionError for a text that is not an expression, for a value that
/// is not finite or not defined, and for brackets or signs nested over 64 deep.
double evaluate_expression(std::string_view text, const NumberOf& number_of);

/// The names of the functions.
const std::vector<std::string>& expression_functions();

/// Whether the text is a name and nothing else.
bool is_one_name(std::string_view text);

/// The text, shortened to its beginning if it is long, for quotation in messages.
std::string excerpt(std::string_view text);

}  // namespace pathquant
