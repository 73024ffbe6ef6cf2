// Cluster inputs: the rows of X lie around a few Gaussian centres.
//
//   symbol  meaning
//   k       number of clusters
//   c_j     centre j of R^N, entries N(0, 1): position j of row t of its stream is c_jt
//   z_i     cluster of row i, uniform on 0 .. k-1 (up to 2^-53 k): floor(k u) of the uniform u at position i
//   g_it    standard normal: position i of row t of its stream
#include <algorithm>
#include <vector>

#include "core/inputs/input_distribution.hpp"
#include "core/inputs/input_shape.hpp"
#include "core/random/stream.hpp"

namespace pathquant {

namespace clusters_inputs {

class ClusterSource : public InputSource {
 public:
  ClusterSource(const std::string& name, Stream centres, Index clusters, double spread, Index samples)
      : noise_(name),
        centres_(centres),
        clusters_(clusters),
        spread_(spread),
        samples_(samples),
        members_(static_cast<std::size_t>(samples)) {
    std::vector<double> uniforms(members_.size());
    Stream(name + "/members").uniforms(0, 0, samples, uniforms.data());
    const double k = static_cast<double>(clusters);
    // Take the minimum, because the product may round up to k.
    std::transform(uniforms.begin(), uniforms.end(), members_.begin(), [&](double uniform) {
      return static_cast<std::size_t>(std::min(static_cast<Index>(k * uniform), clusters - 1));
    });
  }

  void columns(Index first, Index count, double* out) const override {
    std::vector<double> centres(static_cast<std::size_t>(clusters_));
    for (Index t = first; t < first + count; ++t, out += samples_) {
      centres_.normals(t, 0, clusters_, centres.data());
      noise_.normals(t, 0, samples_, out);
      for (Index i = 0; i < samples_; ++i) out[i] = centres[members_[static_cast<std::size_t>(i)]] + spread_ * out[i];
    }
  }

 private:
  Stream noise_;
  Stream centres_;
  Index clusters_;
  double spread_;
  Index samples_;
  std::vector<std::size_t> members_;
};

class Clusters : public InputDistribution {
 public:
  Clusters(Index clusters, double spread) : clusters_(clusters), spread_(spread) {}

  ColumnDistribution column_law() const override {
    ColumnDistribution law;  // not independent: all columns share the rows' clusters
    law.entry_second_moment = 1 + spread_ * spread_;
    law.clusters = clusters_;
    return law;
  }
  bool random(Index) const override { return true; }
  std::unique_ptr<InputSource> open(const std::string& key, Index samples, Index width) const override {
    check_input_shape(samples, width);
    return std::make_unique<ClusterSource>(key + "/inputs/clusters", centres(key), clusters_, spread_, samples);
  }
  // Fresh rows have new clusters and noise, and the trial's centres.
  std::unique_ptr<InputSource> open_fresh(const std::string& key, Index /*samples*/, Index width,
                                          Index fresh) const override {
    check_input_shape(fresh, width);
    return std::make_unique<ClusterSource>(fresh_key(key) + "/inputs/clusters", centres(key), clusters_, spread_,
                                           fresh);
  }
  // spread^2 I + (1/k) sum_j c_j c_j^T
  std::optional<SecondMoment> fresh_moment(const std::string& key, Index /*samples*/, Index width) const override {
    SecondMoment moment{Vector::Constant(width, spread_ * spread_), clusters_};
    moment.factor = [stream = centres(key), clusters = clusters_, width](Index first, Index count) {
      RowMatrix<double> factor(width, count);
      for (Index t = 0; t < width; ++t) stream.normals(t, first, count, factor.row(t).data());
      return Matrix<double>(factor / std::sqrt(static_cast<double>(clusters)));
    };
    return moment;
  }

 private:
  static Stream centres(const std::string& key) { return Stream(key + "/inputs/clusters/centres"); }

  Index clusters_;
  double spread_;
};

const Registered<InputEntry> registered({
    .description =
        {
            .name = "clusters",
            .summary = "rows around a few Gaussian centres",
            .formula = "row i is c_z + spread g_i, z uniform on the clusters, c_1 .. c_k and g_i ~ N(0, I_N), all "
                       "independent; E X_it^2 = 1 + spread^2. Fewer samples or a smaller width give a corner of the "
                       "same X.",
            .hypotheses = "columns share the clusters of the rows and are dependent, so no bound that needs "
                          "independent columns applies",
            .source = "the Gaussian clusters of Zhang, Zhou & Saab 2022, arXiv 2201.11113, with random centres",
            .parameters =
                {integer("clusters", "number of centres").at_least(1).at_most(1e6).defaults_to(std::int64_t{10}),
                 real("spread", "standard deviation of a row's entries around its centre's, which have 1")
                     .at_least(0)
                     .defaults_to(0.1)},
        },
    .make =
        [](const Parameters& parameters) {
          return std::make_unique<Clusters>(parameters.integer("clusters"), parameters.real("spread"));
        },
});

}  // namespace clusters_inputs

}  // namespace pathquant
