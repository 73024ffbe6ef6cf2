// Low-rank inputs: X as a product of two Gaussian factors.
//
//   symbol  meaning
//   A       m x rank, entries N(0, 1): position i of row k of its stream is A_ik
//   B       rank x N, entries N(0, 1): position k of row t of its stream is B_kt
//   X       A B / sqrt(rank): rank min(rank, m, N) almost surely
//
// Given B, columns are Gaussian. They share A, so they are dependent.
#include <algorithm>
#include <cmath>
#include <vector>

#include "core/inputs/input_distribution.hpp"
#include "core/inputs/input_shape.hpp"
#include "core/random/stream.hpp"

namespace pathquant {

namespace low_rank_inputs {

class LowRankSource : public InputSource {
 public:
  LowRankSource(Stream left, Stream right, Index rank, Index samples)
      : right_(right), rank_(rank), samples_(samples), left_(samples, rank) {
    for (Index k = 0; k < rank; ++k) left.normals(k, 0, samples, left_.col(k).data());
  }

  void columns(Index first, Index count, double* out) const override {
    std::vector<double> weights(static_cast<std::size_t>(rank_));
    const double scale = 1 / std::sqrt(static_cast<double>(rank_));
    for (Index t = first; t < first + count; ++t, out += samples_) {
      right_.normals(t, 0, rank_, weights.data());
      std::fill(out, out + samples_, 0.0);
      // Summed in the order of k, so that the bits are the same on every processor.
      for (Index k = 0; k < rank_; ++k) {
        const double factor = scale * weights[static_cast<std::size_t>(k)];
        const double* column = left_.col(k).data();
        for (Index i = 0; i < samples_; ++i) out[i] += factor * column[i];
      }
    }
  }

 private:
  Stream right_;
  Index rank_;
  Index samples_;
  Matrix<double> left_;
};

class LowRank : public InputDistribution {
 public:
  explicit LowRank(Index rank) : rank_(rank) {}

  ColumnDistribution column_law() const override {
    ColumnDistribution law;  // not independent: all columns share A
    law.entry_second_moment = 1.0;
    return law;
  }
  bool random(Index) const override { return true; }
  std::unique_ptr<InputSource> open(const std::string& key, Index samples, Index width) const override {
    check_input_shape(samples, width);
    return std::make_unique<LowRankSource>(left(key), right(key), rank_, samples);
  }
  // Fresh rows have new rows of A and the trial's B.
  std::unique_ptr<InputSource> open_fresh(const std::string& key, Index /*samples*/, Index width,
                                          Index fresh) const override {
    check_input_shape(fresh, width);
    return std::make_unique<LowRankSource>(left(fresh_key(key)), right(key), rank_, fresh);
  }
  std::optional<SecondMoment> fresh_moment(const std::string& key, Index /*samples*/, Index width) const override {
    SecondMoment moment{Vector::Zero(width), rank_};
    moment.factor = [stream = right(key), rank = rank_, width](Index first, Index count) {
      RowMatrix<double> factor(width, count);
      for (Index t = 0; t < width; ++t) stream.normals(t, first, count, factor.row(t).data());
      return Matrix<double>(factor / std::sqrt(static_cast<double>(rank)));
    };
    return moment;
  }

 private:
  static Stream left(const std::string& key) { return Stream(key + "/inputs/low_rank/left"); }
  static Stream right(const std::string& key) { return Stream(key + "/inputs/low_rank/right"); }

  Index rank_;
};

const Registered<InputEntry> registered({
    .description =
        {
            .name = "low_rank",
            .summary = "a product of Gaussian factors: columns in a random subspace of `rank` dimensions",
            .formula = "X = A B / sqrt(rank), A (m x rank) and B (rank x N) with independent N(0, 1) entries; E X_it^2 "
                       "= 1, rank X = min(rank, m, N). Fewer samples or a smaller width give a corner of the same X.",
            .hypotheses = "columns share A and are dependent, so no bound that needs independent columns applies",
            .source = "elementary",
            .parameters = {integer("rank", "inner dimension of the product").at_least(1).at_most(1e6).required()},
        },
    .make = [](const Parameters& parameters) { return std::make_unique<LowRank>(parameters.integer("rank")); },
});

}  // namespace low_rank_inputs

}  // namespace pathquant
