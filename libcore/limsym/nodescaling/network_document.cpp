#include "limsym/nodescaling/network_document.hpp"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "limsym/base/error.hpp"
#include "limsym/base/input.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/document.hpp"
#include "limsym/data/hdf5.hpp"
#include "limsym/data/json_writer.hpp"

namespace limsym::nodescaling {

namespace {

constexpr const char* schema = "limsym/node-model@1";

/// The arrays of a document by their names, and what is wrong with them at "FILE:/name".
class Arrays {
public:
    explicit Arrays(std::string file) : file_(std::move(file)) {}
    Arrays(const Arrays&) = delete;
    Arrays& operator=(const Arrays&) = delete;
    virtual ~Arrays() = default;

    [[nodiscard]] const std::string& file() const { return file_; }
    [[nodiscard]] virtual bool has(const std::string& name) = 0;
    [[nodiscard]] virtual arma::mat matrix(const std::string& name) = 0;
    [[nodiscard]] virtual arma::vec vector(const std::string& name) = 0;
    [[noreturn]] void fail(const std::string& pointer, const std::string& message) const {
        throw base::InputError(base::at_pointer(file_, pointer), message);
    }

private:
    std::string file_;
};

class JsonArrays final : public Arrays {
public:
    JsonArrays(const data::Document& document, data::ObjectReader& root)
        : Arrays(document.file), document_(document), root_(root) {}

    bool has(const std::string& name) override {
        const data::Json::json_pointer place("/" + name);
        return document_.tree.contains(place) && !(document_.tree.at(place).is_null() && !is_rows(name));
    }
    arma::mat matrix(const std::string& name) override {
        static_cast<void>(root_.at(name));
        if (!is_rows(name)) refuse(name);
        return document_.matrix("/" + name);
    }
    arma::vec vector(const std::string& name) override {
        const std::size_t slash = name.find('/');
        if (slash == std::string::npos) return root_.numbers(name);
        data::ObjectReader inner(root_.at(name.substr(0, slash)), file(), "/" + name.substr(0, slash));
        return inner.numbers(name.substr(slash + 1));
    }

private:
    [[nodiscard]] bool is_rows(const std::string& name) const { return document_.rows.contains("/" + name); }
    /// Says where a value is not the rows of numbers it should be.
    [[noreturn]] void refuse(const std::string& name) const {
        const data::Json& value = document_.tree.at(name);
        if (value.is_array())
            for (std::size_t i = 0; i < value.size(); ++i) {
                const std::string row = "/" + name + "/" + std::to_string(i);
                if (!value[i].is_array()) fail(row, "is no array; expected a row of numbers");
                for (std::size_t j = 0; j < value[i].size(); ++j)
                    if (!value[i][j].is_number()) fail(row + "/" + std::to_string(j), "expected a finite number");
            }
        fail("/" + name, "expected rows of numbers");
    }

    const data::Document& document_;
    data::ObjectReader& root_;
};

class Hdf5Arrays final : public Arrays {
public:
    Hdf5Arrays(const data::Hdf5Reader& reader, std::string file) : Arrays(std::move(file)), reader_(reader) {}

    bool has(const std::string& name) override { return reader_.has("/" + name); }
    arma::mat matrix(const std::string& name) override { return reader_.matrix("/" + name); }
    arma::vec vector(const std::string& name) override {
        const arma::mat values = matrix(name);
        if (values.n_cols != 1 && values.n_rows != 1) fail("/" + name, "has two dimensions; expected one");
        return arma::vectorise(values);
    }

private:
    const data::Hdf5Reader& reader_;
};

std::optional<data::Standardisation> read_units(Arrays& arrays, const std::string& letter, std::size_t count) {
    const std::string mean = "standardise/" + letter + "_mean";
    const std::string sd = "standardise/" + letter + "_sd";
    if (!arrays.has(mean) && !arrays.has(sd)) return std::nullopt;
    if (!arrays.has(mean) || !arrays.has(sd))
        arrays.fail("/standardise", "has one of " + letter + "_mean and " + letter + "_sd; expected both");
    data::Standardisation units = data::Standardisation::none(count);
    units.mean = arrays.vector(mean).t();
    units.scale = arrays.vector(sd).t();
    for (const auto& [name, values] : {std::pair{mean, units.mean}, std::pair{sd, units.scale}})
        if (values.n_elem != count)
            arrays.fail("/" + name, std::to_string(values.n_elem) + " numbers; expected " + std::to_string(count));
    for (std::size_t j = 0; j < count; ++j)
        if (!(units.scale(j) > 0.0))
            arrays.fail("/" + sd + "/" + std::to_string(j),
                        "is " + base::number_text(units.scale(j)) + "; expected a number > 0");
    return units;
}

/// Weights, signs, scales and units, checked against one another.
void read_arrays(Arrays& arrays, bool standardised, ShallowNetwork& network) {
    arma::mat w = arrays.matrix("w");
    const std::size_t m = w.n_rows;
    network.w = w.t();
    network.signs = arrays.matrix("a");
    if (network.signs.n_rows != m)
        arrays.fail("/a", std::to_string(network.signs.n_rows) + " rows; expected " + std::to_string(m) + " as in w");
    for (std::size_t j = 0; j < m; ++j)
        for (std::size_t k = 0; k < network.signs.n_cols; ++k)
            if (std::abs(network.signs(j, k)) != 1.0)
                arrays.fail("/a/" + std::to_string(j) + "/" + std::to_string(k),
                            "is " + base::number_text(network.signs(j, k)) + "; expected 1 or -1");
    network.lambda = arrays.vector("lambda");
    if (network.lambda.n_elem != m)
        arrays.fail("/lambda",
                    std::to_string(network.lambda.n_elem) + " scales; expected " + std::to_string(m) + " as in w");
    for (std::size_t j = 0; j < m; ++j)
        if (!(network.lambda(j) >= 0.0))
            arrays.fail("/lambda/" + std::to_string(j),
                        "is " + base::number_text(network.lambda(j)) + "; expected a number >= 0");
    if (!standardised) return;
    const auto x = read_units(arrays, "x", network.inputs());
    const auto y = read_units(arrays, "y", network.outputs());
    if (!x && y) arrays.fail("/standardise", "has no x_mean and x_sd; expected them beside y_mean and y_sd");
    if (x) network.units = Units{*x, y};
}

/// Everything but the arrays.
void read_scalars(data::ObjectReader& root, ShallowNetwork& network) {
    root.schema(schema, true);
    for (const char* ignored : {"tool", "version", "seed", "options", "standardise"})
        static_cast<void>(root.find(ignored));
    network.activation = NodeActivation(root.choice("activation", NodeActivation::names(), std::nullopt));
    network.sigma_w = root.number(
        "sigma_w", std::sqrt(2.0), [](double v) { return v > 0.0; }, "a number > 0");
    const auto present = [&root](const char* key) {
        const data::Json* const value = root.find(key);
        return value != nullptr && !value->is_null();
    };
    if (!present("gamma")) {
        static_cast<void>(root.find("alpha"));
        static_cast<void>(root.find("variant"));
        return;
    }
    ScaleLaw law;
    law.gamma = root.number(
        "gamma", std::nullopt, [](double v) { return v >= 0.0 && v <= 1.0; }, "0 <= gamma <= 1");
    if (present("alpha"))
        law.alpha = root.number(
            "alpha", std::nullopt, [](double v) { return v > 0.0 && v < 1.0; }, "0 < alpha < 1");
    if (present("variant") && root.choice("variant", {"paper", "official-code"}, std::nullopt) != "paper")
        law.variant = ScaleVariant::official_code;
    network.law = law;
}

ShallowNetwork read_json_network(const data::Document& document) {
    ShallowNetwork network;
    data::ObjectReader root(document.tree, document.file, "");
    read_scalars(root, network);
    for (const char* key : {"w", "a", "lambda"})
        static_cast<void>(root.at(key));
    root.finish();
    JsonArrays arrays(document, root);
    const data::Json* const units = root.find("standardise");
    if (units != nullptr && !units->is_null()) {
        data::ObjectReader inner(*units, document.file, "/standardise");
        for (const char* key : {"x_mean", "x_sd", "y_mean", "y_sd"})
            static_cast<void>(inner.find(key));
        inner.finish();
    }
    read_arrays(arrays, units != nullptr && !units->is_null(), network);
    return network;
}

ShallowNetwork read_hdf5_network(base::InputFile& input) {
    const data::Hdf5Reader reader(input);
    const data::Hdf5Attributes attributes = reader.attributes();
    data::Json tree = data::Json::object();
    for (const auto& [name, text] : attributes.texts)
        tree[name] = text;
    for (const auto& [name, number] : attributes.numbers)
        tree[name] = number;
    ShallowNetwork network;
    data::ObjectReader root(tree, input.name(), "");
    read_scalars(root, network);
    root.finish();
    Hdf5Arrays arrays(reader, input.name());
    read_arrays(arrays, true, network);
    return network;
}

/// gamma, alpha and variant as the document says them.
data::Json law_json(const ShallowNetwork& network) {
    if (!network.law) return {{"gamma", nullptr}, {"alpha", nullptr}, {"variant", nullptr}};
    return {{"gamma", network.law->gamma},
            {"alpha", network.law->alpha},
            {"variant", std::string(variant_name(network.law->variant))}};
}

} // namespace

ShallowNetwork read_shallow_network(const data::Source& source) {
    base::InputFile input(source.file);
    if (data::format_of_content(input.peek()) == data::Format::h5) return read_hdf5_network(input);
    data::TextBuffer buffer{std::move(input)};
    return read_json_network(data::read_document(buffer));
}

void write_network_json(const base::ByteSink& sink, const data::Json& head, const ShallowNetwork& network) {
    data::JsonWriter writer(sink);
    writer.begin_object().members(head);
    writer.member("activation", network.activation.name()).member("sigma_w", network.sigma_w);
    writer.members(law_json(network));
    writer.key("w").rows(arma::mat(network.w.t()));
    writer.key("a").rows(network.signs);
    writer.key("lambda").numbers(network.lambda);
    if (network.units) {
        writer.key("standardise").begin_object();
        writer.key("x_mean").numbers(network.units->x.mean.t()).key("x_sd").numbers(network.units->x.scale.t());
        if (network.units->y)
            writer.key("y_mean").numbers(network.units->y->mean.t()).key("y_sd").numbers(network.units->y->scale.t());
        writer.end_object();
    }
    writer.end_object().finish();
}

void write_network_hdf5(const std::string& file, const data::Json& head, const ShallowNetwork& network) {
    data::Hdf5Attributes attributes;
    const auto add = [&attributes](const std::string& name, const data::Json& value) {
        if (value.is_null()) return;
        if (value.is_string())
            attributes.texts[name] = value.get<std::string>();
        else if (value.is_number() && value.get<double>() <= 0x1p53)
            attributes.numbers[name] = value.get<double>();
        else
            attributes.texts[name] = data::to_text(value);
    };
    for (const auto& [key, value] : head.items())
        add(key, value);
    add("activation", network.activation.name());
    add("sigma_w", network.sigma_w);
    const data::Json law = law_json(network);
    for (const auto& [key, value] : law.items())
        add(key, value);
    const arma::mat w = network.w.t();
    const arma::mat lambda = network.lambda;
    std::vector<data::Hdf5Dataset> datasets{{"/a", &network.signs}, {"/lambda", &lambda}, {"/w", &w}};
    std::vector<arma::mat> units; // kept alive while they are written
    units.reserve(4);
    const auto add_units = [&](const std::string& letter, const data::Standardisation& of) {
        units.emplace_back(of.mean.t());
        datasets.push_back({"/standardise/" + letter + "_mean", &units.back()});
        units.emplace_back(of.scale.t());
        datasets.push_back({"/standardise/" + letter + "_sd", &units.back()});
    };
    if (network.units) {
        add_units("x", network.units->x);
        if (network.units->y) add_units("y", *network.units->y);
    }
    data::write_hdf5(file, datasets, {}, attributes);
}

} // namespace limsym::nodescaling
