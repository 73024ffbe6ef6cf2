// Spectrum inputs: X whose feature covariance has decaying eigenvalues, in directions not aligned with any feature.
//
//   symbol   meaning
//   Z        m x N, independent N(0, 1): position i of row s of the stream is Z_is
//   L        diagonal, L_s = s^-decay for s = 1 .. N: the eigenvalues of the covariance
//   R        N x N orthogonal, one for all rows of a trial
//   X        Z L^(1/2) R: rows independent, N(0, R^T L R)
//
// R is a product of random signs, Hadamard maps and permutations (as in Ailon & Chazelle's fast transform). It costs
// N log N for a row, where a dense rotation costs N^2. With p the largest power of two <= N and H = Hadamard / sqrt(p):
//
//   twice:  random signs; H on the first p features;  where p < N: random signs; H on the last p features;
//           then a random permutation of all features
//
// For p < N <= 2p - 1 the two blocks overlap and cover all features; the permutation mixes them for the second turn.
// Every factor is orthogonal, so the spectrum is exactly L, and the direction of L_1 is spread over all features.
#include <cmath>
#include <mutex>
#include <numeric>
#include <vector>

#include "core/inputs/draw_without_replacement.hpp"
#include "core/inputs/input_distribution.hpp"
#include "core/inputs/input_shape.hpp"
#include "core/random/stream.hpp"

namespace pathquant {

namespace spectrum_inputs {

/// Applies R to the columns of a matrix, in place except for the order of the columns.
class RandomRotation {
 public:
  RandomRotation(std::string name, Matrix<double>& matrix)
      : name_(std::move(name)), signs_(name_ + "/signs"), matrix_(matrix), order_(matrix.cols()) {
    std::iota(order_.begin(), order_.end(), Index{0});
  }

  /// Returns the order of the columns: column t of the product is column order[t] of the matrix.
  std::vector<Index> apply() {
    const Index width = matrix_.cols();
    Index block = 1;
    while (2 * block <= width) block *= 2;
    for (Index turn = 0; turn < 2; ++turn) {
      mix(0, block, 2 * turn);
      if (block < width) mix(width - block, block, 2 * turn + 1);
      permute(turn);
    }
    return order_;
  }

 private:
  // Applies random signs to all columns, then H to those from `first` on.
  void mix(Index first, Index block, Index stage) {
    const Index width = matrix_.cols();
    std::vector<double> uniforms(order_.size());
    signs_.uniforms(stage, 0, width, uniforms.data());
    for (Index t = 0; t < width; ++t)
      if (uniforms[static_cast<std::size_t>(t)] < 0.5) column(t) *= -1.0;
    for (Index half = 1; half < block; half *= 2)
      for (Index t = first; t < first + block; ++t)
        if (((t - first) & half) == 0) butterfly(column(t), column(t + half));
    const double norm = 1 / std::sqrt(static_cast<double>(block));
    for (Index t = first; t < first + block; ++t) column(t) *= norm;
  }

  static void butterfly(Eigen::Ref<Vector> a, Eigen::Ref<Vector> b) {
    for (Index i = 0; i < a.size(); ++i) {
      const double sum = a[i] + b[i];
      b[i] = a[i] - b[i];
      a[i] = sum;
    }
  }

  void permute(Index turn) {
    std::vector<Index> moved(order_.size());
    const auto from = draw_without_replacement(Stream(name_ + "/order"), matrix_.cols(), matrix_.cols(), turn);
    for (std::size_t t = 0; t < moved.size(); ++t) moved[t] = order_[static_cast<std::size_t>(from[t])];
    order_ = std::move(moved);
  }

  Matrix<double>::ColXpr column(Index t) { return matrix_.col(order_[static_cast<std::size_t>(t)]); }

  std::string name_;
  Stream signs_;
  Matrix<double>& matrix_;
  std::vector<Index> order_;
};

/// L_s^(1/2), with s counted from 0.
double deviation(Index s, Index decay) {
  double eigenvalue = 1;
  for (Index power = 0; power < decay; ++power) eigenvalue /= static_cast<double>(s + 1);
  return std::sqrt(eigenvalue);
}

/// Source that stores X as a whole, computed on first use.
class SpectrumSource : public InputSource {
 public:
  SpectrumSource(Stream rows, std::string rotation, Index decay, Index samples, Index width)
      : rows_(rows), rotation_(std::move(rotation)), decay_(decay), samples_(samples), width_(width) {}

  void columns(Index first, Index count, double* out) const override {
    std::call_once(made_, [this] { make(); });
    for (Index t = first; t < first + count; ++t, out += samples_)
      Eigen::Map<Vector>(out, samples_) = values_.col(order_[static_cast<std::size_t>(t)]);
  }

 private:
  void make() const {
    Matrix<double> values(samples_, width_);
    for (Index s = 0; s < width_; ++s) {
      rows_.normals(s, 0, samples_, values.col(s).data());
      values.col(s) *= deviation(s, decay_);
    }
    order_ = RandomRotation(rotation_, values).apply();
    values_ = std::move(values);
  }

  Stream rows_;
  std::string rotation_;
  Index decay_;
  Index samples_;
  Index width_;
  mutable std::once_flag made_;
  mutable Matrix<double> values_;
  mutable std::vector<Index> order_;
};

class Spectrum : public InputDistribution {
 public:
  explicit Spectrum(Index decay) : decay_(decay) {}

  ColumnDistribution column_law() const override {
    ColumnDistribution law;
    // R^T I R = I: without decay this is the Gaussian distribution.
    if (decay_ == 0) {
      law.independent = true;
      law.gaussian_sigma = 1.0;
      law.symmetric = true;
      law.entry_second_moment = 1.0;
    }
    return law;
  }
  bool random(Index) const override { return true; }
  std::unique_ptr<InputSource> open(const std::string& key, Index samples, Index width) const override {
    check_input_shape(samples, width);
    return std::make_unique<SpectrumSource>(rows(key), rotation(key), decay_, samples, width);
  }
  // Fresh rows have new rows of Z and the trial's R.
  std::unique_ptr<InputSource> open_fresh(const std::string& key, Index /*samples*/, Index width,
                                          Index fresh) const override {
    check_input_shape(fresh, width);
    return std::make_unique<SpectrumSource>(rows(fresh_key(key)), rotation(key), decay_, fresh, width);
  }
  // F^T = L^(1/2) R: rows of a diagonal matrix, rotated.
  std::optional<SecondMoment> fresh_moment(const std::string& key, Index /*samples*/, Index width) const override {
    SecondMoment moment{Vector::Zero(width), width};
    moment.factor = [name = rotation(key), decay = decay_, width](Index first, Index count) {
      Matrix<double> rows = Matrix<double>::Zero(count, width);
      for (Index s = 0; s < count; ++s) rows(s, first + s) = deviation(first + s, decay);
      const std::vector<Index> order = RandomRotation(name, rows).apply();
      Matrix<double> factor(width, count);
      for (Index t = 0; t < width; ++t) factor.row(t) = rows.col(order[static_cast<std::size_t>(t)]).transpose();
      return factor;
    };
    return moment;
  }

 private:
  static Stream rows(const std::string& key) { return Stream(key + "/inputs/spectrum"); }
  static std::string rotation(const std::string& key) { return key + "/inputs/spectrum/rotation"; }

  Index decay_;
};

const Registered<InputEntry> registered({
    .description =
        {
            .name = "spectrum",
            .summary = "Gaussian rows whose covariance has eigenvalues 1, 1/2, 1/3, .. in random directions",
            .formula = "X = Z L^(1/2) R, Z_is ~ N(0, 1), L_s = s^-decay, R orthogonal, one for a trial: two turns of "
                       "random signs, Hadamard maps on the first and the last 2^k <= N features and a permutation. "
                       "Fewer samples give the first rows of the same X; another width gives another X. X is stored "
                       "as a whole, which takes twice the memory of other distributions.",
            .hypotheses = "columns are dependent unless decay = 0, so no bound that needs independent columns applies",
            .source = "elementary; R is the transform of Ailon & Chazelle 2009, The fast Johnson-Lindenstrauss "
                      "transform, SIAM J. Comput. 39(1), in two turns",
            .parameters = {integer("decay", "power of s by which the eigenvalues fall; 0 makes X white")
                               .at_least(0)
                               .at_most(8)
                               .defaults_to(std::int64_t{1})},
        },
    .make = [](const Parameters& parameters) { return std::make_unique<Spectrum>(parameters.integer("decay")); },
});

}  // namespace spectrum_inputs

}  // namespace pathquant
