// Matrix table: a matrix in memory as a table from which rows are drawn.
#pragma once

#include <memory>
#include <span>
#include <utility>

#include "core/inputs/table_distribution.hpp"

namespace pathquant {

class MatrixTable : public SampleTable {
 public:
  explicit MatrixTable(std::shared_ptr<const Matrix<double>> values) : values_(std::move(values)) {}

  Index rows() const override { return values_->rows(); }
  Index columns() const override { return values_->cols(); }
  void gather(Index column, std::span<const Index> rows, double* out) const override {
    for (const Index row : rows) *out++ = (*values_)(row, column);
  }

 private:
  std::shared_ptr<const Matrix<double>> values_;
};

}  // namespace pathquant
