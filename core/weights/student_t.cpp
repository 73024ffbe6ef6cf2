// Student's t weights: W with independent heavy-tailed entries.
#include "core/random/student_t.hpp"

#include <cmath>

#include "core/weights/weight_distribution.hpp"
#include "core/weights/weight_shape.hpp"

namespace pathquant {

namespace {

class StudentT : public WeightDistribution {
 public:
  StudentT(Index degrees, double scale) : degrees_(degrees), scale_(scale) {}

  std::optional<EntryDistribution> entry_law() const override {
    if (degrees_ <= 2) return std::nullopt;
    const auto d = static_cast<double>(degrees_);
    return EntryDistribution{ScalarDistribution::student_t(d), scale_ * std::sqrt(d / (d - 2))};
  }

  RowMatrix<double> draw(const std::string& key, Index width, Index neurons) const override {
    check_weight_shape(width, neurons);
    RowMatrix<double> weights(width, neurons);
    rows(key, 0, width, neurons, weights.data());
    return weights;
  }
  bool has_rows() const override { return true; }
  void rows(const std::string& key, Index first, Index count, Index neurons, double* out) const override {
    const Stream stream(key + "/weights/student_t");
    for (Index t = 0; t < count; ++t) student_t(stream, first + t, neurons, degrees_, out + t * neurons);
    for (Index i = 0; i < count * neurons; ++i) out[i] *= scale_;
  }

 private:
  Index degrees_;
  double scale_;
};

const Registered<WeightEntry> registered({
    .description =
        {
            .name = "student_t",
            .summary = "independent weights of Student's t distribution: heavy tails with outliers",
            .formula = "W_tj = scale z / sqrt(chi^2_degrees / degrees), z standard normal, all independent; Var W_tj = "
                       "scale^2 degrees / (degrees - 2), infinite for degrees 1 and 2. Fewer neurons or a smaller "
                       "width give a corner of the same W.",
            .hypotheses = "",
            .source = "Student 1908, The probable error of a mean, Biometrika 6(1)",
            .parameters = {integer("degrees",
                                   "degrees of freedom; 1 is the Cauchy distribution, many are nearly Gaussian")
                               .at_least(1)
                               .at_most(most_degrees)
                               .defaults_to(std::int64_t{3}),
                           real("scale", "factor of every weight").above(0).defaults_to(1.0)},
        },
    .make =
        [](const Parameters& parameters) {
          return std::make_unique<StudentT>(parameters.integer("degrees"), parameters.real("scale"));
        },
});

}  // namespace

}  // namespace pathquant
