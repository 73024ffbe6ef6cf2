#include <fmt/format.h>

#include <algorithm>

#include "experiments/config/config.hpp"

namespace pathquant {
namespace {

class PlotColumns {
 public:
  PlotColumns(const std::vector<std::string>& columns, Diagnostics& diagnostics)
      : columns_(columns), diagnostics_(diagnostics) {}

  void check(const Node& plot) {
    for (const Entry& entry : plot.entries) {
      if (entry.key == "x") column(entry.value);
      if (entry.key == "y" || entry.key == "series") each(entry.value, [&](const Node& name) { column(name); });
      if (entry.key == "panel" || entry.key == "panels") each(entry.value, [&](const Node& one) { panel(one); });
    }
  }

 private:
  template <class Visit>
  static void each(const Node& node, Visit visit) {
    if (node.kind != Node::Kind::sequence) return visit(node);
    for (const Node& item : node.items) visit(item);
  }

  // A panel is the name of a column (one panel for each of its values) or {title, x, where: {column: value}}.
  void panel(const Node& node) {
    if (node.kind != Node::Kind::mapping) return column(node);
    if (const Node* x = node.find("x")) column(*x);
    if (const Node* where = node.find("where"))
      for (const Entry& condition : where->entries) known(condition.key, condition.key_at);
  }

  void column(const Node& node) {
    if (node.kind == Node::Kind::null) return;
    const auto* name = node.kind == Node::Kind::scalar ? std::get_if<std::string>(&node.value) : nullptr;
    if (name == nullptr) return diagnostics_.push_back({node.at, "plot: this must be the name of a column"});
    known(*name, node.at);
  }

  void known(std::string name, const Position& at) {
    std::replace(name.begin(), name.end(), '.', '_');
    if (std::find(columns_.begin(), columns_.end(), name) == columns_.end())
      diagnostics_.push_back(
          {at, fmt::format("plot: the records have no column '{}'{}", name, suggestion(name, columns_))});
  }

  const std::vector<std::string>& columns_;
  Diagnostics& diagnostics_;
};

}  // namespace

void check_plot_columns(const Node& plot, const std::vector<std::string>& columns, Diagnostics& diagnostics) {
  PlotColumns(columns, diagnostics).check(plot);
}

}  // namespace pathquant
