#include "experiments/measure/unavailable_cell.hpp"

#include "core/inputs/input_distribution.hpp"
#include "core/quantizers/quantizer.hpp"
#include "core/weights/weight_distribution.hpp"
#include "experiments/config/config.hpp"
#include "experiments/plugin_loader/plugins.hpp"
#include "experiments/task/identity.hpp"

namespace pathquant {
namespace {

using Columns = std::vector<std::pair<std::string, nlohmann::ordered_json>>;

class UnavailableCell final : public Cell {
 public:
  UnavailableCell(std::string id, Columns columns, std::string reason)
      : id_(std::move(id)), columns_(std::move(columns)), reason_(std::move(reason)) {}

  const std::string& id() const override { return id_; }
  bool random() const override { return true; }
  double cost() const override { return 1; }
  nlohmann::json run(TaskContext& /*context*/) const override { throw std::runtime_error(reason_); }
  const Columns& columns() const override { return columns_; }

 private:
  std::string id_;
  Columns columns_;
  std::string reason_;
};

template <class Entry>
std::string why_missing_in(const Node& tree, const char* section, const char* selector) {
  const Node* node = tree.find(section);
  const Node* name = node == nullptr ? nullptr : node->find(selector);
  if (name == nullptr || name->kind != Node::Kind::scalar) return "";
  const std::string text = to_text(name->value);
  return why_missing(text, Registry<Entry>::instance().find(text) != nullptr);
}

void add_columns(const Node& node, const std::string& path, Columns& columns) {
  if (node.kind == Node::Kind::scalar) columns.emplace_back(column_name(path), to_json_tree(node));
  for (const Entry& entry : node.entries) add_columns(entry.value, path + "." + entry.key, columns);
}

}  // namespace

std::string why_unavailable(const Node& tree) {
  for (const std::string& reason : {why_missing_in<QuantizerEntry>(tree, "quantizer", "name"),
                                    why_missing_in<InputEntry>(tree, "inputs", "distribution"),
                                    why_missing_in<InputEntry>(tree, "inputs", "dataset"),
                                    why_missing_in<WeightEntry>(tree, "weights", "distribution")})
    if (!reason.empty()) return reason;
  return "";
}

std::shared_ptr<const Cell> make_unavailable_cell(const CellRequest& request, const std::string& reason) {
  const nlohmann::json identity = {{"schema", results_schema},
                                   {"unavailable", reason},
                                   {"seed", std::to_string(request.seed)},
                                   {"cell", to_json_tree(request.tree)}};
  Columns columns;
  for (const char* section : {"inputs", "weights", "quantizer"})
    if (const Node* node = request.tree.find(section)) add_columns(*node, section, columns);
  return std::make_shared<UnavailableCell>(content_id(identity), std::move(columns), reason);
}

}  // namespace pathquant
