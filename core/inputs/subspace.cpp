// Subspace inputs: X with independent Gaussian features in a random subspace of the sample space (low-dimensional
// data).
//
//   symbol  meaning
//   G       m x d, entries N(0, 1): position i of row k of its stream is G_ik
//   Z       m x d, the columns of G, orthonormalised in order (Gram-Schmidt, twice)
//   A       d x N, entries N(0, sigma^2): position k of row t of its stream is A_kt / sigma
//   X       Z A: columns are independent, each Z times a Gaussian vector of R^d
//
// Inner products of columns are those of A. So an algorithm that uses inner products only does the same on X as on A
// (T1.3). A fresh row is z^T A with z ~ N(0, I_d / m), which has the mean squared norm of the rows of Z.
#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "core/inputs/input_distribution.hpp"
#include "core/inputs/input_shape.hpp"
#include "core/random/stream.hpp"

namespace pathquant {

namespace subspace_inputs {

/// Source of rows times A, summed in the order of k, so that the bits are the same on every processor.
class SubspaceSource : public InputSource {
 public:
  SubspaceSource(Matrix<double> rows, Stream features, double sigma)
      : rows_(std::move(rows)), features_(features), sigma_(sigma) {}

  void columns(Index first, Index count, double* out) const override {
    const Index dimension = rows_.cols();
    std::vector<double> feature(static_cast<std::size_t>(dimension));
    for (Index t = first; t < first + count; ++t, out += rows_.rows()) {
      features_.normals(t, 0, dimension, feature.data());
      std::fill(out, out + rows_.rows(), 0.0);
      for (Index k = 0; k < dimension; ++k) {
        const double factor = sigma_ * feature[static_cast<std::size_t>(k)];
        for (Index i = 0; i < rows_.rows(); ++i) out[i] += factor * rows_(i, k);
      }
    }
  }

 private:
  Matrix<double> rows_;
  Stream features_;
  double sigma_;
};

Matrix<double> normals(const Stream& stream, Index rows, Index columns) {
  Matrix<double> values(rows, columns);
  for (Index k = 0; k < columns; ++k) stream.normals(k, 0, rows, values.col(k).data());
  return values;
}

void make_orthonormal(Matrix<double>& basis) {
  for (Index k = 0; k < basis.cols(); ++k) {
    for (int turn = 0; turn < 2; ++turn)
      for (Index l = 0; l < k; ++l) basis.col(k) -= basis.col(l).dot(basis.col(k)) * basis.col(l);
    basis.col(k) /= basis.col(k).norm();
  }
}

class Subspace : public InputDistribution {
 public:
  Subspace(Index dimension, double sigma) : dimension_(dimension), sigma_(sigma) {}

  ColumnDistribution column_law() const override {
    ColumnDistribution law;
    law.independent = true;
    law.gaussian_sigma = sigma_;
    law.symmetric = true;
    law.dimension = dimension_;
    return law;
  }
  bool random(Index) const override { return true; }

  std::unique_ptr<InputSource> open(const std::string& key, Index samples, Index width) const override {
    check_input_shape(samples, width);
    if (dimension_ > samples)
      throw std::invalid_argument(fmt::format("dimension must be at most samples, {}, not {}", samples, dimension_));
    Matrix<double> basis = normals(Stream(key + "/inputs/subspace/basis"), samples, dimension_);
    make_orthonormal(basis);
    return std::make_unique<SubspaceSource>(std::move(basis), features(key), sigma_);
  }
  std::unique_ptr<InputSource> open_fresh(const std::string& key, Index samples, Index width,
                                          Index fresh) const override {
    check_input_shape(fresh, width);
    Matrix<double> rows = normals(Stream(fresh_key(key) + "/inputs/subspace/rows"), fresh, dimension_);
    return std::make_unique<SubspaceSource>(std::move(rows), features(key), row_scale(samples));
  }
  std::optional<SecondMoment> fresh_moment(const std::string& key, Index samples, Index width) const override {
    SecondMoment moment{Vector::Zero(width), dimension_};
    moment.factor = [stream = features(key), scale = row_scale(samples), width](Index first, Index count) {
      RowMatrix<double> factor(width, count);
      for (Index t = 0; t < width; ++t) stream.normals(t, first, count, factor.row(t).data());
      return Matrix<double>(scale * factor);
    };
    return moment;
  }

 private:
  static Stream features(const std::string& key) { return Stream(key + "/inputs/subspace/features"); }
  double row_scale(Index samples) const { return sigma_ / std::sqrt(static_cast<double>(samples)); }

  Index dimension_;
  double sigma_;
};

const Registered<InputEntry> registered({
    .description =
        {
            .name = "subspace",
            .summary = "independent Gaussian features in a random subspace of the samples: low-dimensional data",
            .formula = "X = Z A, Z (m x dimension) with orthonormal columns in random directions, A_kt ~ N(0, sigma^2) "
                       "independent; E||X_t||^2 = dimension sigma^2. A smaller width gives the first columns of the "
                       "same X; another number of samples gives another Z and the same A. Fresh rows are z^T A, z ~ "
                       "N(0, I/m).",
            .hypotheses = "columns are independent and Gaussian in `dimension` dimensions: bounds for such columns "
                          "apply with the dimension in place of m (T1.3)",
            .source = "theory, T1.3; cf. the low-dimensional data of Lybrand & Saab 2020, arXiv 2010.15979",
            .parameters =
                {integer("dimension", "d, of the subspace; at most samples").at_least(1).at_most(1e6).required(),
                 real("sigma", "standard deviation of an entry of A").above(0).defaults_to(1.0)},
        },
    .make =
        [](const Parameters& parameters) {
          return std::make_unique<Subspace>(parameters.integer("dimension"), parameters.real("sigma"));
        },
});

}  // namespace subspace_inputs

}  // namespace pathquant
