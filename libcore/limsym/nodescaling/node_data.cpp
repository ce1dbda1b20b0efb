#include "limsym/nodescaling/node_data.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "limsym/base/error.hpp"
#include "limsym/base/hash.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/data/table.hpp"

namespace limsym::nodescaling {

namespace {

constexpr double most_classes = 65'536;

std::vector<std::string> words_of(const std::string& list) {
    std::vector<std::string> words(1);
    for (const char c : list) {
        if (c == ',')
            words.emplace_back();
        else
            words.back() += c;
    }
    return words;
}

/// Columns of a list; a name that is not there lists those that are.
std::vector<std::size_t> find_columns(const data::Table& table, const std::string& list, std::string_view option) {
    for (const std::string& word : words_of(list))
        if (!base::parse_integer(word) && std::find(table.names.begin(), table.names.end(), word) == table.names.end())
            throw base::InputError(table.file,
                                   "no column '" + base::printable(word) + "'; columns are " + base::join(table.names));
    return table.columns(list, option);
}

arma::mat columns_of(const data::Table& table, const std::vector<std::size_t>& columns) {
    arma::mat result(table.values.n_rows, columns.size(), arma::fill::none);
    for (std::size_t j = 0; j < columns.size(); ++j)
        result.col(j) = table.values.col(columns[j]);
    return result;
}

std::vector<std::string> names_of(const data::Table& table, const std::vector<std::size_t>& columns) {
    std::vector<std::string> names;
    for (const std::size_t column : columns)
        names.push_back(table.names[column]);
    return names;
}

/// Classes in place of the one target column.
void make_one_hot(const data::Table& table, const ColumnChoice& choice, NodeData& data) {
    if (data.y.n_cols != 1)
        throw base::InputError("--one-hot", std::to_string(data.y.n_cols) + " target columns; expected one of classes");
    const double limit = choice.classes ? static_cast<double>(*choice.classes) : most_classes;
    double largest = 0.0;
    for (std::size_t i = 0; i < data.rows(); ++i) {
        const double label = data.y(i, 0);
        if (!(label >= 0.0) || label != std::floor(label) || label >= limit)
            throw base::InputError(table.place(i), "column '" + data.targets[0] + "' is '" + base::number_text(label) +
                                                       "'; expected a class, a whole number from 0 to " +
                                                       base::number_text(limit - 1.0));
        largest = std::max(largest, label);
        data.labels.push_back(static_cast<std::uint32_t>(label));
    }
    const std::size_t classes = choice.classes.value_or(static_cast<std::size_t>(largest) + 1);
    if (!choice.classes && std::all_of(data.labels.begin(), data.labels.end(),
                                       [&data](std::uint32_t label) { return label == data.labels[0]; }))
        throw base::InputError(table.file, "column '" + data.targets[0] + "' has one class only (" +
                                               std::to_string(data.labels[0]) + "); expected at least two");
    data.y.zeros(data.rows(), classes);
    for (std::size_t i = 0; i < data.rows(); ++i)
        data.y(i, data.labels[i]) = 1.0;
}

NodeData take(const data::Table& table, const ColumnChoice& choice, std::vector<std::size_t> features,
              std::vector<std::size_t> targets) {
    NodeData data;
    data.file = table.file;
    data.columns = table.values.n_cols;
    data.has_header = table.has_header;
    data.features = names_of(table, features);
    data.targets = names_of(table, targets);
    data.x = columns_of(table, features);
    data.feature_index = std::move(features);
    if (!targets.empty()) {
        data.y = columns_of(table, targets);
        data.target_index = std::move(targets);
        if (choice.one_hot) make_one_hot(table, choice, data);
    }
    return data;
}

NodeData choose(const data::Table& table, const ColumnChoice& choice) {
    std::vector<std::size_t> targets;
    if (choice.target) targets = find_columns(table, *choice.target, "--target");
    std::vector<std::size_t> features;
    const auto is_target = [&targets](std::size_t column) {
        return std::find(targets.begin(), targets.end(), column) != targets.end();
    };
    if (choice.features) {
        features = find_columns(table, *choice.features, "--features");
        for (const std::size_t column : features)
            if (is_target(column))
                throw base::InputError("--features",
                                       base::quoted(table.names[column]) + " is a target as well; expected others");
    } else {
        for (std::size_t column = 0; column < table.values.n_cols; ++column)
            if (!is_target(column)) features.push_back(column);
    }
    if (features.empty()) throw base::InputError(table.file, "every column is a target; expected at least one feature");
    return take(table, choice, std::move(features), std::move(targets));
}

std::vector<std::size_t> find_names(const data::Table& table, const std::vector<std::string>& names) {
    std::vector<std::size_t> found;
    for (const std::string& name : names) {
        const auto at = std::find(table.names.begin(), table.names.end(), name);
        if (at == table.names.end())
            throw base::InputError(table.file, "no column '" + name + "'; columns are " + base::join(table.names));
        found.push_back(static_cast<std::size_t>(at - table.names.begin()));
    }
    return found;
}

} // namespace

std::string NodeData::sha256() const {
    return base::sha256_hex(data::matrix_sha256(x) + data::matrix_sha256(y));
}

NodeData read_node_data(const data::Source& source, const ColumnChoice& choice) {
    if (!choice.target) throw base::InputError("--target", "is missing; expected the column(s) of the targets");
    return choose(data::read_table(source), choice);
}

NodeData read_like(const data::Source& source, const NodeData& first, const ColumnChoice& choice) {
    const data::Table table = data::read_table(source);
    if (first.has_header && table.has_header)
        return take(table, choice, find_names(table, first.features), find_names(table, first.targets));
    if (table.values.n_cols != first.columns)
        throw base::InputError(table.file, std::to_string(table.values.n_cols) + " columns; expected " +
                                               std::to_string(first.columns) + " as in " + first.file);
    return take(table, choice, first.feature_index, first.target_index);
}

NodeData read_inputs(const data::Source& source, const ColumnChoice& choice, std::optional<std::size_t> inputs) {
    NodeData data = choose(data::read_table(source), choice);
    if (inputs && *inputs != data.x.n_cols)
        throw base::InputError(data.file, std::to_string(data.x.n_cols) + " feature columns; the model has " +
                                              std::to_string(*inputs));
    return data;
}

void require_fit(const NodeData& data, const ShallowNetwork& network) {
    if (data.x.n_cols != network.inputs())
        throw base::InputError(data.file, std::to_string(data.x.n_cols) + " feature columns; the model has " +
                                              std::to_string(network.inputs()));
    if (data.y.n_cols != network.outputs())
        throw base::InputError(data.file, std::to_string(data.y.n_cols) + " targets; the model has " +
                                              std::to_string(network.outputs()) + " outputs");
}

NodeData part_of(const NodeData& data, const std::vector<std::size_t>& rows) {
    NodeData part = data;
    const arma::uvec index = arma::conv_to<arma::uvec>::from(rows);
    part.x = data.x.rows(index);
    part.y = data.y.rows(index);
    part.labels.clear();
    if (!data.labels.empty())
        for (const std::size_t row : rows)
            part.labels.push_back(data.labels[row]);
    return part;
}

std::optional<Units> measure_units(const NodeData& data, StandardiseWhat what) {
    if (what == StandardiseWhat::none) return std::nullopt;
    Units units{data::Standardisation::of(data.x), std::nullopt};
    if (what == StandardiseWhat::xy) {
        units.y = data::Standardisation::of(data.y);
        if (!units.y->constant.empty()) {
            const std::size_t column = units.y->constant.front();
            const std::string name =
                data.labels.empty() ? "the target '" + data.targets[column] + "'" : "class " + std::to_string(column);
            throw base::InputError(data.file, name + " is constant over the training rows; --standardise xy expects "
                                                     "targets that vary");
        }
    }
    return units;
}

std::optional<std::pair<std::size_t, std::size_t>> conflicting_rows(const arma::mat& x, const arma::mat& y) {
    std::vector<std::size_t> order(x.n_rows);
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto compare = [](const arma::mat& values, std::size_t a, std::size_t b) {
        for (std::size_t c = 0; c < values.n_cols; ++c)
            if (values(a, c) != values(b, c)) return values(a, c) < values(b, c) ? -1 : 1;
        return 0;
    };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return compare(x, a, b) < 0; });
    for (std::size_t i = 1; i < order.size(); ++i)
        if (compare(x, order[i - 1], order[i]) == 0 && compare(y, order[i - 1], order[i]) != 0)
            return std::pair{order[i - 1], order[i]};
    return std::nullopt;
}

} // namespace limsym::nodescaling
