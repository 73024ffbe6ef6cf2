// External quantizer, in any language: a command that reads the layer from a folder and writes Q to a file.
//
//   {problem}/W.npy             (outputs, inputs), float32 or float64 as in the cell
//   {problem}/X.npy             (samples, inputs); absent without inputs
//   {problem}/Xq.npy            inputs of the quantized network; absent where they equal X
//   {problem}/parameters.json   shape, precision, alphabet, seed
//   {result}                    expected path of Q.npy: (outputs, inputs)
#include <fmt/format.h>

#include <boost/algorithm/string/replace.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <system_error>

#include "core/alphabet/alphabet_rule.hpp"
#include "core/data/in_precision.hpp"
#include "core/data/npy.hpp"
#include "core/quantizers/quantizer.hpp"
#include "experiments/json_text.hpp"
#include "experiments/process/command.hpp"
#include "experiments/process/forked.hpp"
#include "experiments/store/atomic_file.hpp"

#include <unistd.h>

namespace pathquant {
namespace {

// Temporary folder of one task, removed by the destructor.
class TaskFolder {
 public:
  TaskFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "pathquant-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
      throw std::runtime_error(
          fmt::format("cannot create a folder in {}", std::filesystem::temp_directory_path().string()));
    path_ = pattern;
  }
  ~TaskFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TaskFolder(const TaskFolder&) = delete;
  TaskFolder& operator=(const TaskFolder&) = delete;
  std::filesystem::path operator/(const char* name) const { return path_ / name; }
  std::string string() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

nlohmann::json alphabet_json(const Alphabet& alphabet) {
  static const char* const kinds[] = {"midtread", "midrise", "list"};
  nlohmann::json json = {{"kind", kinds[static_cast<int>(alphabet.kind)]},
                         {"steps", std::vector<double>(alphabet.steps.begin(), alphabet.steps.end())},
                         {"levels", nullptr},
                         {"half_levels", nullptr},
                         {"ties_to_lower", alphabet.ties_to_lower}};
  if (const auto levels = alphabet.levels()) json["levels"] = *levels;
  if (alphabet.half_levels) json["half_levels"] = *alphabet.half_levels;
  if (alphabet.kind == AlphabetKind::list) json["values"] = alphabet.values;
  return json;
}

class External final : public QuantizerTemplate<External> {
 public:
  explicit External(const Parameters& parameters)
      : words_(command_words(parameters.word("command"))), random_(parameters.boolean("random")) {
    const std::string& command = parameters.word("command");
    for (const char* place : {"{problem}", "{result}"})
      if (command.find(place) == std::string::npos)
        throw std::invalid_argument(
            fmt::format("the command must say {}: python3 my_quantizer.py {{problem}} {{result}}", place));
  }

  QuantizerTraits traits() const override { return {.random = random_}; }
  double cost(LayerShape shape, bool /*mismatch*/) const override {
    // Cost of starting the program and writing the files, in multiply-adds. The program's own cost is unknown.
    constexpr double start = 1e8;
    return start + 10.0 * (static_cast<double>(shape.samples) + static_cast<double>(shape.neurons)) *
                       static_cast<double>(shape.width);
  }
  // The script, and other files that the command names.
  std::vector<std::filesystem::path> files() const override {
    std::vector<std::filesystem::path> list;
    std::error_code ignored;
    for (const std::string& word : words_)
      if (std::filesystem::is_regular_file(word, ignored)) list.emplace_back(word);
    return list;
  }

  template <class S>
  QuantizedLayer<S> run(const LayerProblem<S>& problem, const Alphabet& alphabet, const Stream& decisions,
                        const ExecutionContext& execution) const {
    const auto [samples, width, neurons] = problem.shape();
    const TaskFolder folder;
    write_npy_weights<S>(folder / "W.npy", problem.weights());
    if (samples > 0) write_npy_matrix<S>(folder / "X.npy", problem.inputs());
    if (problem.has_mismatch()) write_npy_matrix<S>(folder / "Xq.npy", problem.quantized_inputs());
    write_atomically(folder / "parameters.json",
                     to_json(nlohmann::json{{"samples", samples},
                                            {"width", width},
                                            {"neurons", neurons},
                                            {"precision", std::is_same_v<S, float> ? "float32" : "float64"},
                                            {"seed", std::to_string(decisions.key())},
                                            {"alphabet", alphabet_json(alphabet)}}));
    const std::filesystem::path file = folder / "Q.npy";
    std::vector<std::string> words = words_;
    for (std::string& word : words) {
      boost::replace_all(word, "{problem}", folder.string());
      boost::replace_all(word, "{result}", file.string());
    }
    const CommandEnd end = run_command(words, execution);
    const std::string wrote = what_it_wrote(end.output);
    if (end.status == -1) throw std::runtime_error(fmt::format("{} cannot be started: {}", words.front(), end.output));
    if (end.flooded) throw std::runtime_error("the command exceeded the output limit and was stopped" + wrote);
    if (end.status != 0) throw std::runtime_error(fmt::format("the command {}{}", ending(end.status), wrote));
    if (!std::filesystem::exists(file)) throw std::runtime_error("the command wrote no Q.npy to {result}" + wrote);
    QuantizedLayer<S> result;
    result.weights = in_precision<S>(read_npy_weights(file).values, "Q.npy", FileOrder::transposed);
    return result;
  }

 private:
  std::vector<std::string> words_;
  bool random_;
};

const Registered<QuantizerEntry> registered({
    .description =
        {.name = "external",
         .version = 1,
         .summary = "a quantizer in any language: a command that reads NPY files and writes Q",
         .formula =
             "the command finds in the folder {problem}: W.npy (outputs, inputs), X.npy (samples, inputs), where it "
             "differs Xq.npy,\nand parameters.json: samples, width, neurons, precision, seed (a text, other in every "
             "trial), alphabet: {kind, steps (one for every neuron), levels, half_levels, values, ties_to_lower};\nit "
             "leaves Q (outputs, inputs) as the NPY file {result}. It is started without a shell: blanks separate "
             "words, '..' and \"..\" keep them together. What it writes stands in the reason when it fails",
         .hypotheses =
             "Q has values of the alphabet, up to the rounding of single precision; clipped decisions are not "
             "known, and counted as none",
         .source = "the user; plugins/external has an example",
         .parameters = ParameterTable{text("command", "python3 my_quantizer.py {problem} {result}").required(),
                                      boolean("random",
                                              "it draws numbers: every trial is run even where X and W are fixed")
                                          .defaults_to(false)} +
                       AlphabetRule::parameters()},
    .make = [](const Parameters& parameters) { return std::make_unique<External>(parameters); },
    .untrusted = true,
});

}  // namespace
}  // namespace pathquant
