#include "limsym/process/model.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/hash.hpp"
#include "limsym/base/input.hpp"
#include "limsym/base/number.hpp"
#include "limsym/base/version.hpp"
#include "limsym/data/document.hpp"
#include "limsym/data/hdf5.hpp"
#include "limsym/data/json.hpp"
#include "limsym/data/matrix.hpp"

namespace limsym::process {

namespace {

std::string schema_of(ModelKind kind) {
    return kind == ModelKind::regression ? "limsym/nngp-model@1" : "limsym/class-model@1";
}

data::Json inference_json(const RegressionOptions& options) {
    data::Json value = data::Json::object();
    if (options.inference == ScaleInference::quadrature) {
        value["method"] = "quadrature";
        return value;
    }
    value["method"] = "is";
    value["samples"] = options.importance.samples;
    value["proposal"] = options.importance.proposal == Proposal::prior ? "prior" : "conjugate";
    value["seed"] = options.importance.seed;
    return value;
}

data::Json description(const Model& model) {
    data::Json value = data::Json::object();
    value["schema"] = schema_of(model.training.classes.empty() ? ModelKind::regression : ModelKind::classification);
    value["tool"] = "nngp-kernel";
    value["version"] = std::string(base::version());
    value["network"] = model.network ? network::to_json(*model.network) : data::Json(nullptr);
    value["features"] = model.training.features;
    value["targets"] = model.training.targets;
    if (!model.training.classes.empty()) value["classes"] = model.training.classes;
    value["columns"] = model.training.columns;
    value["feature_columns"] = model.training.feature_index;
    value["target_columns"] = model.training.target_index;
    value["standardise"] = std::string(standardise_name(model.training.standardise));
    value["unit_norm"] = model.training.unit_norm;
    value["noise"] = model.fit.noise;
    value["noise_model"] = model.fit.noise_model == NoiseModel::scaled ? "scaled" : "fixed";
    value["jitter"] = model.fit.jitter;
    value["scale_prior"] = to_json_with_atoms(model.options.prior);
    value["scale_inference"] = inference_json(model.options);
    return value;
}

/// Rows of numbers; `lower`: row i has i + 1 numbers.
void append_rows(std::string& text, const arma::mat& values, bool lower) {
    text += '[';
    for (std::size_t i = 0; i < values.n_rows; ++i) {
        text += i == 0 ? "[" : ",[";
        for (std::size_t j = 0; j < (lower ? i + 1 : values.n_cols); ++j) {
            if (j > 0) text += ',';
            base::append_number(text, values(i, j) + 0.0); // no negative zero: it would read back as the integer 0
        }
        text += ']';
    }
    text += ']';
}

/// What a JSON model's checksum is taken of: the description with the matrices after it.
std::string signed_text(std::string description, const arma::mat& y, const char* name, const arma::mat& inputs,
                        bool lower) {
    description.pop_back();
    description += ",\"y\":";
    append_rows(description, y, false);
    description += std::string(",\"") + name + "\":";
    append_rows(description, inputs, lower);
    return description + "}";
}

/// The matrix under a key of a document, which is taken out of it. @param columns of each row; `lower`: row i has i + 1
arma::mat take_rows(data::Document& document, const std::string& key, std::size_t columns, bool lower = false) {
    const std::string place = base::at_pointer(document.file, "/" + key);
    const auto found = document.rows.find("/" + key);
    if (found == document.rows.end()) throw base::InputError(place, "is no list of rows; the file is damaged");
    const data::NumberRows rows = std::move(found->second);
    document.rows.erase(found);
    document.tree.erase(key);
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (rows.row(i).size() != (lower ? i + 1 : columns))
            throw base::InputError(place, "row " + std::to_string(i + 1) + " has another length; the file is damaged");
    if (!lower) return rows.matrix(columns);
    arma::mat values(rows.size(), rows.size(), arma::fill::none);
    for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::size_t j = 0; j <= i; ++j)
            values(i, j) = values(j, i) = rows.row(i)[j];
    return values;
}

std::vector<std::size_t> indices_of(data::ObjectReader& reader, const std::string& key, std::size_t count) {
    std::vector<std::size_t> result;
    for (const double v : reader.numbers(key))
        result.push_back(static_cast<std::size_t>(v));
    if (result.size() != count) reader.fail(key, "has another length than the names; the file is damaged");
    return result;
}

std::vector<std::string> names_of(data::ObjectReader& reader, const std::string& key) {
    const data::Json& list = reader.at(key);
    std::vector<std::string> names;
    if (!list.is_array()) reader.fail(key, "is no list of names");
    for (const data::Json& name : list) {
        if (!name.is_string()) reader.fail(key, "is no list of names");
        names.push_back(name.get<std::string>());
    }
    return names;
}

/// All but the matrices.
Model read_description(data::ObjectReader& reader, ModelKind kind) {
    Model model;
    reader.schema(schema_of(kind), true);
    static_cast<void>(reader.find("tool"));
    static_cast<void>(reader.find("version"));
    if (const data::Json& net = reader.at("network"); !net.is_null())
        model.network = network::read_network(net, reader.file());
    TrainingData& training = model.training;
    training.features = names_of(reader, "features");
    training.targets = names_of(reader, "targets");
    if (kind == ModelKind::classification) training.classes = names_of(reader, "classes");
    training.columns = static_cast<std::size_t>(reader.integer("columns", std::nullopt, 1, 1LL << 31U));
    training.feature_index = indices_of(reader, "feature_columns", training.features.size());
    training.target_index = indices_of(reader, "target_columns", training.targets.size());
    training.standardise = parse_standardise(reader.string("standardise", std::nullopt),
                                             base::at_pointer(reader.file(), reader.pointer_to("standardise")));
    training.unit_norm = reader.boolean("unit_norm", false);
    const auto not_negative = [](double v) { return v >= 0.0; };
    model.options.noise = reader.number("noise", std::nullopt, not_negative, ">= 0");
    model.options.noise_model = reader.choice("noise_model", {"scaled", "fixed"}, std::nullopt) == "fixed"
                                    ? NoiseModel::fixed
                                    : NoiseModel::scaled;
    model.options.jitter = {false, reader.number("jitter", std::nullopt, not_negative, ">= 0")};
    model.options.prior =
        scale_prior_from_json(reader.at("scale_prior"), reader.file(), reader.pointer_to("scale_prior"));
    data::ObjectReader inference(reader.at("scale_inference"), reader.file(), reader.pointer_to("scale_inference"));
    if (inference.choice("method", {"quadrature", "is"}, std::nullopt) == "is") {
        model.options.inference = ScaleInference::importance;
        model.options.importance.samples =
            static_cast<std::size_t>(inference.integer("samples", std::nullopt, 1, 1LL << 40U));
        model.options.importance.proposal =
            inference.choice("proposal", {"conjugate", "prior"}, std::nullopt) == "prior" ? Proposal::prior
                                                                                          : Proposal::conjugate;
        const data::Json& seed = inference.at("seed");
        if (!seed.is_number_integer()) inference.fail("seed", "is no whole number");
        model.options.importance.seed = seed.get<std::uint64_t>();
    }
    return model;
}

/// Class numbers lie among the classes.
void check_classes(const TrainingData& training, const std::string& file) {
    if (training.classes.empty()) return;
    const auto count = static_cast<double>(training.classes.size());
    bool sound = training.y.n_cols == 1;
    for (const double number : training.y)
        sound = sound && number >= 0.0 && number < count && number == std::floor(number);
    if (!sound) throw base::InputError(file, "y holds something that is no class number; the file is damaged");
}

void require_checksum(bool equal, const std::string& file) {
    if (!equal) throw base::InputError(file, "the checksum does not fit the contents; the file is damaged");
}

std::string hdf5_checksum(const data::Hdf5Content& content) {
    std::string all = content.strings.at("/model");
    for (const auto& [name, matrix] : content.matrices)
        all += name + data::matrix_sha256(matrix);
    return base::sha256_hex(all);
}

Model read_json_model(const std::string& file, ModelKind kind, const base::MemoryBudget& memory,
                      const base::Monitor& monitor) {
    data::Document document = data::read_document(file);
    data::Json& tree = document.tree;
    if (!tree.is_object()) throw base::InputError(file, "is no model; expected " + schema_of(kind));
    data::ObjectReader(tree, file, "").schema(schema_of(kind), true);
    const auto digest = tree.find("sha256");
    if (digest == tree.end() || !digest->is_string())
        throw base::InputError(base::at_pointer(file, "/sha256"), "the checksum is missing; the file is damaged");
    const std::string wanted = digest->get<std::string>();
    tree.erase("sha256");
    const auto length_of = [&](const char* key) {
        return tree.contains(key) && tree[key].is_array() ? tree[key].size() : 0;
    };
    arma::mat y = take_rows(document, "y", length_of("targets"));
    const bool has_network = tree.contains("network") && !tree["network"].is_null();
    const char* const inputs_name = has_network ? "x" : "kernel";
    arma::mat inputs = take_rows(document, inputs_name, length_of("features"), !has_network);
    require_checksum(document.rows.empty() && base::sha256_hex(signed_text(data::to_text(tree), y, inputs_name, inputs,
                                                                           !has_network)) == wanted,
                     file);

    data::ObjectReader reader(tree, file, "");
    Model model = read_description(reader, kind);
    reader.finish();
    model.training.y = std::move(y);
    check_classes(model.training, file);
    if (has_network) {
        model.training.x = std::move(inputs);
    } else {
        model.kernel = std::move(inputs);
        model.training.x.set_size(model.training.y.n_rows, 0);
    }
    const std::size_t rows = model.training.y.n_rows;
    if (model.training.x.n_rows != rows || (!model.network && model.kernel.n_rows != rows))
        throw base::InputError(file, "x and y have different numbers of rows; the file is damaged");
    model.training.measure();
    memory.require(regression_bytes(rows, model.options), "the covariance matrix");
    const arma::mat x = model.training.working_x();
    model.fit = fit_regression(model.network ? kernel_of(*model.network, x, monitor) : kernel_of(model.kernel),
                               model.training.working_y(), x, model.options, file, monitor);
    return model;
}

Model read_hdf5_model(const std::string& file, ModelKind kind, const base::MemoryBudget& memory) {
    data::Hdf5Content content = data::read_hdf5(file);
    const auto text = content.strings.find("/model");
    const auto digest = content.strings.find("/sha256");
    if (text == content.strings.end() || digest == content.strings.end())
        throw base::InputError(file, "is no model; expected " + schema_of(kind));
    require_checksum(hdf5_checksum(content) == digest->second, file);
    const data::Json document = data::parse_json(text->second, file);
    data::ObjectReader reader(document, file, "");
    Model model = read_description(reader, kind);
    reader.finish();
    const auto take = [&](const std::string& name) {
        const auto at = content.matrices.find(name);
        if (at == content.matrices.end()) throw base::InputError(file, name + " is missing; the file is damaged");
        return std::move(at->second);
    };
    model.training.y = take("/y");
    check_classes(model.training, file);
    const std::size_t rows = model.training.y.n_rows;
    memory.require(regression_bytes(rows, model.options), "the covariance matrix");
    model.training.x = model.network ? take("/x") : arma::mat(rows, 0);
    model.training.measure();
    SpectralForm spectral;
    arma::mat factor;
    if (model.options.noise_model == NoiseModel::fixed) {
        spectral.values = take("/eigenvalues").col(0);
        spectral.vectors = take("/eigenvectors");
        spectral.rotated = take("/rotated");
    } else {
        factor = take("/factor");
    }
    model.fit = restore_regression(std::move(factor), std::move(spectral), model.training.working_y(), model.options,
                                   *model.options.noise, model.options.jitter.value);
    return model;
}

} // namespace

std::string model_json(const Model& model) {
    std::string text =
        model.network ? signed_text(data::to_text(description(model)), model.training.y, "x", model.training.x, false)
                      : signed_text(data::to_text(description(model)), model.training.y, "kernel", model.kernel, true);
    const std::string digest = base::sha256_hex(text);
    text.pop_back();
    return text + ",\"sha256\":\"" + digest + "\"}\n";
}

void write_model_hdf5(const std::string& file, const Model& model) {
    data::Hdf5Content content;
    content.strings["/model"] = data::to_text(description(model));
    content.matrices["/y"] = model.training.y;
    if (model.network) content.matrices["/x"] = model.training.x;
    if (model.fit.noise_model == NoiseModel::fixed) {
        content.matrices["/eigenvalues"] = model.fit.spectral.values;
        content.matrices["/eigenvectors"] = model.fit.spectral.vectors;
        content.matrices["/rotated"] = model.fit.spectral.rotated;
    } else {
        content.matrices["/factor"] = arma::trimatl(model.fit.factor); // the other triangle is no part of it
    }
    content.strings["/sha256"] = hdf5_checksum(content);
    data::write_hdf5(file, content);
}

Model read_model(const std::string& file, const base::MemoryBudget& memory, const base::Monitor& monitor,
                 ModelKind kind) {
    base::InputFile input(file);
    const bool hdf5 = data::format_of_content(input.peek()) == data::Format::h5;
    return hdf5 ? read_hdf5_model(file, kind, memory) : read_json_model(file, kind, memory, monitor);
}

} // namespace limsym::process
