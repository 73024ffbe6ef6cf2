// `audit`: evaluates an existing quantized layer, whoever made it, and writes and checks certificates.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "core/alphabet/inferred.hpp"
#include "core/data/in_precision.hpp"
#include "experiments/cli/certificate.hpp"
#include "experiments/cli/commands.hpp"
#include "experiments/cli/one_layer.hpp"
#include "experiments/cli/output_files.hpp"
#include "experiments/cli/ranking.hpp"
#include "experiments/json_text.hpp"
#include "experiments/provenance.hpp"
#include "experiments/store/atomic_file.hpp"

namespace pathquant::cli {
namespace {

using nlohmann::json;

struct AuditArguments {
  std::filesystem::path weights;
  std::optional<std::filesystem::path> inputs;
  std::optional<std::filesystem::path> quantized_inputs;
  std::filesystem::path quantized;
  std::optional<std::string> quantizer;  ///< that is said to have made Q
  std::vector<Override> parameters;
  std::optional<std::filesystem::path> report;
  std::optional<std::filesystem::path> certificate;
  std::optional<std::filesystem::path> check;
};

struct Judgement {
  nlohmann::ordered_json report;
  json certificate;
  std::optional<std::int64_t> differing;  ///< entries of Q that the named quantizer makes otherwise
};

// The parameters of a certificate as they would stand on the command line.
AuditArguments as_certified(AuditArguments arguments, const json& certificate) {
  const auto text = [](const json& value) { return value.is_string() ? value.get<std::string>() : to_json(value); };
  const json& quantizer = certificate.at("quantizer");
  if (!quantizer.is_null()) {
    arguments.quantizer = quantizer.at("name").get<std::string>();
    for (const auto& [name, value] : quantizer.at("parameters").items())
      arguments.parameters.push_back(
          {"quantizer." + name, value.is_string() ? fmt::format("'{}'", text(value)) : text(value)});
  }
  for (const char* name : {"seed", "layer", "precision", "probability"})
    arguments.parameters.push_back({name, text(certificate.at(name))});
  return arguments;
}

json contents(LayerFiles& files, const RowMatrix<double>& q) {
  json hashes = {{"weights", content_hash(files.weights().values.transpose())},
                 {"inputs", nullptr},
                 {"quantized_inputs", nullptr},
                 {"quantized", content_hash(q.transpose())}};
  if (files.inputs()) hashes["inputs"] = content_hash(*files.inputs());
  if (files.quantized_inputs()) hashes["quantized_inputs"] = content_hash(*files.quantized_inputs());
  return hashes;
}

json certificate_of(const NamedQuantizer& named, LayerFiles& files, const RowMatrix<double>& q,
                    const nlohmann::ordered_json& report, bool reproduced) {
  json certificate = {
      {"schema", certificate_schema},
      {"version", build_provenance().version},
      {"contents", contents(files, q)},
      {"quantizer", nullptr},
      {"decisions", named.key().decisions()},
      {"reproduced", reproduced},
      {"seed", named.general.integer("seed")},
      {"layer", named.general.integer("layer")},
      {"probability", named.general.real("probability")},
      {"precision", report.at("precision")},
      {"shape", {{"width", report.at("width")}, {"samples", report.at("samples")}, {"neurons", report.at("neurons")}}}};
  if (named.entry != nullptr) {
    json parameters = json::object();
    for (const auto& [name, value] : named.parameters.values())
      parameters[name] = std::visit([](const auto& v) { return json(v); }, value);
    const Description& description = named.entry->description;
    certificate["quantizer"] = {
        {"name", description.name}, {"version", description.version}, {"parameters", std::move(parameters)}};
    if (description.plugin) certificate["quantizer"]["plugin"] = description.plugin->sha256;
  }
  for (const auto& [name, value] : report.items())
    if (value.is_number() || value.is_null()) certificate["measured"][name] = value;
  certificate["bounds"] = report.at("bounds");
  return sealed(std::move(certificate));
}

// What Q's values show; nothing where they have no pattern, as with steps for groups of weights.
std::optional<Alphabet> alphabet_of(const RowMatrix<double>& q) {
  try {
    return inferred_alphabet(q);
  } catch (const std::domain_error&) {
    return std::nullopt;
  }
}

template <class S>
Judgement judge(const AuditArguments& arguments, const NamedQuantizer& named, LayerFiles& files) {
  const LayerProblem<S> problem = files.problem<S>();
  const RowMatrix<double> given = read_npy_weights(arguments.quantized).values;
  const LayerShape shape = problem.shape();
  if (given.rows() != shape.width || given.cols() != shape.neurons)
    throw UsageError(fmt::format("Q is of {} outputs x {} inputs, but W of {} x {}", given.cols(), given.rows(),
                                 shape.neurons, shape.width));
  const RowMatrix<S> q = in_precision<S>(given, arguments.quantized, FileOrder::transposed);
  Judgement judgement;
  const std::optional<Alphabet> own = alphabet_of(given);
  LayerQ<S> made;
  QuantizerTraits traits{.own_levels = true};
  double cost = 0;
  if (named.entry != nullptr) {
    made = quantized(named, problem);
    judgement.differing = (made.layer.weights.array() != q.array()).count();
  }
  const bool reproduced = judgement.differing == 0;
  if (reproduced) {
    traits = named.quantizer->traits();
    cost = named.quantizer->cost(shape, problem.has_mismatch());
  } else {
    made = {};
    made.layer.weights = q;
    made.layer.alphabet = made.alphabet = own.value_or(Alphabet{Vector::Ones(given.cols()), std::nullopt});
  }
  judgement.report = judged(problem, traits, made, cost, named);
  if (!reproduced && !own)
    for (const char* name : {"step", "step_min", "step_max"}) judgement.report[name] = nullptr;
  judgement.certificate = certificate_of(named, files, given, judgement.report, reproduced);
  judgement.report["ranking"] = nullptr;
  if (shape.samples > 0 && own && !judgement.report.at("rate").is_null())
    judgement.report["ranking"] = ranking(problem, *own, judgement.report.at("relative_squared_error").get<double>(),
                                          judgement.report.at("rate").get<double>());
  return judgement;
}

void print_differences(const NamedQuantizer& named, const Judgement& judgement) {
  if (!judgement.differing) return;
  const std::string& name = named.entry->description.name;
  if (*judgement.differing == 0)
    fmt::print("Q is what {} with these parameters makes, to the last bit\n", name);
  else
    fmt::print("Q is not what {} with these parameters makes: {} entries differ; judged as anyone's\n", name,
               *judgement.differing);
}

// Where a certificate names it, that is the file with the mistake.
NamedQuantizer named_quantizer(const AuditArguments& arguments, LayerFiles& files) {
  try {
    return read_quantizer(arguments.quantizer, arguments.parameters, files);
  } catch (const ConfigError& error) {
    if (!arguments.check) throw;
    throw UsageError(fmt::format("{}: {}", arguments.check->string(), error.what()));
  }
}

int check(const AuditArguments& arguments, const Judgement& judgement, const json& certificate) {
  const std::vector<std::string> differences = contradictions(certificate, judgement.certificate);
  for (const std::string& difference : differences) fmt::print("{}\n", difference);
  fmt::print("{} {}\n", arguments.check->string(),
             differences.empty() ? "holds: contents, quantizer and everything measured are as it says"
                                 : fmt::format("does not hold: {} differences", differences.size()));
  return differences.empty() ? all_good : some_failed;
}

// 1 when Q is not what is claimed of it.
int audit(const AuditArguments& given) {
  check_outputs({{"--report", given.report}, {"--certificate", given.certificate}},
                {{"--weights", given.weights},
                 {"--inputs", given.inputs},
                 {"--quantized-inputs", given.quantized_inputs},
                 {"--quantized", given.quantized},
                 {"--check", given.check}});
  json certificate;
  AuditArguments arguments = given;
  if (given.check) {
    if (given.quantizer || !given.parameters.empty())
      throw UsageError("--check takes the quantizer and its parameters from the certificate: leave them out");
    certificate = read_certificate(*given.check);
    arguments = as_certified(given, certificate);
  }
  LayerFiles files(arguments.weights, arguments.inputs, arguments.quantized_inputs);
  const NamedQuantizer named = named_quantizer(arguments, files);
  const Judgement judgement =
      is_float32(named, files) ? judge<float>(arguments, named, files) : judge<double>(arguments, named, files);
  if (arguments.report) write_atomically(*arguments.report, to_json(judgement.report) + "\n");
  if (arguments.certificate) write_atomically(*arguments.certificate, to_json(judgement.certificate) + "\n");
  if (arguments.check) return check(arguments, judgement, certificate);
  print_differences(named, judgement);
  print_judgement(judgement.report);
  if (!judgement.report.at("ranking").is_null())
    print_ranking(judgement.report.at("ranking"), judgement.report.at("relative_squared_error").get<double>());
  return judgement.differing.value_or(0) == 0 ? all_good : some_failed;
}

CommandEntry::Run set_up_audit(CLI::App& parser) {
  const auto arguments = std::make_shared<AuditArguments>();
  const auto parameters = std::make_shared<std::vector<std::string>>();
  parser.footer(
      "W and Q are (outputs, inputs), X is (samples, inputs). Exit code 1: Q differs from what --quantizer makes, or "
      "the certificate does not hold.");
  parser.add_option("--weights", arguments->weights, "the weights W of the layer")->required()->type_name("W.npy");
  parser.add_option("--inputs", arguments->inputs, "the inputs X of the layer (default: none, weight errors only)")
      ->type_name("X.npy");
  parser
      .add_option("--quantized-inputs", arguments->quantized_inputs,
                  "the inputs Xq that the layer has in the quantized network (default: X)")
      ->type_name("Xq.npy");
  parser.add_option("--quantized", arguments->quantized, "the quantized weights Q")->required()->type_name("Q.npy");
  parser
      .add_option("--quantizer", arguments->quantizer,
                  "the quantizer that is said to have made Q: runs it and compares (default: none)")
      ->type_name("NAME");
  parser
      .add_option("parameters", *parameters,
                  "parameters of the quantizer, and precision= (default: that of W), seed= (0), layer= (0), "
                  "probability= (0.99)")
      ->type_name("key=value");
  parser.add_option("--report", arguments->report, "write all metrics, bounds and the rank (default: not written)")
      ->type_name("R.json");
  parser
      .add_option("--certificate", arguments->certificate,
                  "write what someone else needs to check this result (default: not written)")
      ->type_name("C.json");
  parser.add_option("--check", arguments->check, "check this certificate against the files (default: none)")
      ->type_name("C.json");
  return [arguments, parameters](const auto&) {
    arguments->parameters = parse_overrides(*parameters);
    return audit(*arguments);
  };
}

const Registered<CommandEntry> audit_command(CommandEntry("audit", "Evaluates an existing quantized layer",
                                                          set_up_audit, CommandEntry::RefusedPlugin::is_an_error));

}  // namespace
}  // namespace pathquant::cli
