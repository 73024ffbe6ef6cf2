// Student's t inputs: X with independent heavy-tailed entries.
#include "core/random/student_t.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "core/inputs/input_distribution.hpp"
#include "core/inputs/input_shape.hpp"

namespace pathquant {

namespace student_t_inputs {

class StudentTSource : public InputSource {
 public:
  StudentTSource(Stream stream, Index degrees, double scale, Index samples)
      : stream_(stream), degrees_(degrees), scale_(scale), samples_(samples) {}

  void columns(Index first, Index count, double* out) const override {
    for (Index t = first; t < first + count; ++t, out += samples_) {
      student_t(stream_, t, samples_, degrees_, out);
      for (Index i = 0; i < samples_; ++i) out[i] *= scale_;
    }
  }

 private:
  Stream stream_;
  Index degrees_;
  double scale_;
  Index samples_;
};

class StudentT : public InputDistribution {
 public:
  StudentT(Index degrees, double scale) : degrees_(degrees), scale_(scale) {}

  ColumnDistribution column_law() const override {
    ColumnDistribution law;
    law.independent = true;
    law.symmetric = true;
    const double d = static_cast<double>(degrees_);
    if (degrees_ > 2) law.entry_second_moment = scale_ * scale_ * d / (d - 2);
    return law;
  }
  bool random(Index) const override { return true; }
  std::unique_ptr<InputSource> open(const std::string& key, Index samples, Index width) const override {
    check_input_shape(samples, width);
    if (samples > most_student_t(degrees_))
      throw std::invalid_argument(fmt::format("samples must be at most {} with {} degrees, not {}",
                                              most_student_t(degrees_), degrees_, samples));
    return std::make_unique<StudentTSource>(Stream(key + "/inputs/student_t"), degrees_, scale_, samples);
  }
  std::optional<SecondMoment> fresh_moment(const std::string& /*key*/, Index /*samples*/, Index width) const override {
    if (const auto square = column_law().entry_second_moment) return uncorrelated_entries(width, 0, *square);
    return std::nullopt;
  }

 private:
  Index degrees_;
  double scale_;
};

const Registered<InputEntry> registered({
    .description =
        {
            .name = "student_t",
            .summary = "independent entries of Student's t distribution: heavy tails",
            .formula = "X_it = scale z / sqrt(chi^2_degrees / degrees), z standard normal, all independent; E X_it^2 = "
                       "scale^2 degrees / (degrees - 2), infinite for degrees 1 and 2. Fewer samples or a smaller "
                       "width give a corner of the same X.",
            .hypotheses = "",
            .source = "Student 1908, The probable error of a mean, Biometrika 6(1)",
            .parameters = {integer("degrees",
                                   "degrees of freedom; 1 is the Cauchy distribution, many are nearly Gaussian")
                               .at_least(1)
                               .at_most(most_degrees)
                               .defaults_to(std::int64_t{3}),
                           real("scale", "factor of every entry").above(0).defaults_to(1.0)},
        },
    .make =
        [](const Parameters& parameters) {
          return std::make_unique<StudentT>(parameters.integer("degrees"), parameters.real("scale"));
        },
});

}  // namespace student_t_inputs

}  // namespace pathquant
