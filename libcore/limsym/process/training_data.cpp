#include <algorithm>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/process/classification.hpp"
#include "limsym/process/model.hpp"

namespace limsym::process {

namespace {

arma::mat columns_of(const arma::mat& values, const std::vector<std::size_t>& columns) {
    arma::mat result(values.n_rows, columns.size(), arma::fill::none);
    for (std::size_t j = 0; j < columns.size(); ++j)
        for (std::size_t i = 0; i < values.n_rows; ++i)
            result(i, j) = values(i, columns[j]);
    return result;
}

std::optional<std::vector<std::size_t>> find_names(const data::Table& table, const std::vector<std::string>& names) {
    std::vector<std::size_t> columns;
    for (const std::string& name : names) {
        const auto at = std::find(table.names.begin(), table.names.end(), name);
        if (at == table.names.end()) return std::nullopt;
        columns.push_back(static_cast<std::size_t>(at - table.names.begin()));
    }
    return columns;
}

TestData data_by_name(const data::Table& table, const TrainingData& training) {
    TestData result;
    for (const std::string& name : training.features)
        if (!find_names(table, {name}))
            throw base::InputError(table.file, "column " + base::quoted(name) +
                                                   " of the training table is missing; expected the features " +
                                                   base::join(training.features));
    result.x = columns_of(table.values, *find_names(table, training.features));
    if (const auto targets = find_names(table, training.targets)) result.y = columns_of(table.values, *targets);
    return result;
}

std::vector<std::string> labels_of(const data::Table& table, std::size_t column) {
    const auto found = table.text.find(column);
    std::vector<std::string> labels;
    for (arma::uword i = 0; i < table.values.n_rows; ++i) {
        labels.push_back(found == table.text.end() ? base::number_text(table.values(i, column)) : found->second[i]);
        if (labels.back().empty())
            throw base::InputError(table.place(i),
                                   "column " + std::to_string(column + 1) + " is empty; expected a class");
    }
    return labels;
}

arma::mat class_numbers(const data::Table& table, std::size_t column, const std::vector<std::string>& classes) {
    const std::vector<std::string> labels = labels_of(table, column);
    arma::mat numbers(labels.size(), 1, arma::fill::none);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const auto found = class_of(labels[i], classes);
        if (!found)
            throw base::InputError(table.place(i), base::quoted(labels[i]) +
                                                       " is no class of the model; expected one of " +
                                                       base::join(classes));
        numbers(i, 0) = static_cast<double>(*found);
    }
    return numbers;
}

/// A column that was read as text though it is none, because no header told columns apart.
void read_as_numbers(data::Table& table, std::size_t column) {
    for (arma::uword i = 0; i < table.values.n_rows; ++i) {
        const auto number = base::parse_number(table.text.at(column)[i]);
        if (!number)
            throw base::InputError(table.place(i), "column " + std::to_string(column + 1) + " is " +
                                                       base::quoted(table.text.at(column)[i]) +
                                                       "; expected a finite number");
        table.values(i, column) = *number;
    }
}

} // namespace

arma::mat TrainingData::working_y() const {
    if (classes.empty()) return y_units.apply(y);
    std::vector<std::size_t> labels;
    for (const double number : y)
        labels.push_back(static_cast<std::size_t>(number));
    return one_hot(labels, classes.size());
}

std::string_view standardise_name(Standardise what) {
    return what == Standardise::none ? "none" : what == Standardise::x ? "x" : "xy";
}

Standardise parse_standardise(const std::string& text, const std::string& place) {
    if (text == "none") return Standardise::none;
    if (text == "x") return Standardise::x;
    if (text == "xy") return Standardise::xy;
    throw base::InputError(place, base::quoted(text) + " is unknown; expected none, x or xy");
}

void TrainingData::measure() {
    x_units = standardise != Standardise::none && !x.empty() ? data::Standardisation::of(x)
                                                             : data::Standardisation::none(x.n_cols);
    x_units.unit_norm = unit_norm;
    y_units = standardise == Standardise::xy ? data::Standardisation::of(y) : data::Standardisation::none(y.n_cols);
}

TrainingData training_data(const data::Table& table, const std::string& targets, const std::string& features,
                           Standardise standardise, bool unit_norm) {
    TrainingData training;
    training.columns = table.values.n_cols;
    training.standardise = standardise;
    training.unit_norm = unit_norm;
    training.target_index = table.columns(targets, "--target");
    if (features.empty()) {
        for (std::size_t j = 0; j < table.values.n_cols; ++j)
            if (std::find(training.target_index.begin(), training.target_index.end(), j) == training.target_index.end())
                training.feature_index.push_back(j);
        if (training.feature_index.empty())
            throw base::InputError("--target", "every column of " + table.file +
                                                   " is a target; expected at least one feature column");
    } else {
        training.feature_index = table.columns(features, "--features");
        for (const std::size_t j : training.feature_index)
            if (std::find(training.target_index.begin(), training.target_index.end(), j) != training.target_index.end())
                throw base::InputError("--features", base::quoted(table.names[j]) + " is the target as well");
    }
    for (const std::size_t j : training.target_index)
        training.targets.push_back(table.names[j]);
    for (const std::size_t j : training.feature_index)
        training.features.push_back(table.names[j]);
    training.x = columns_of(table.values, training.feature_index);
    training.y = columns_of(table.values, training.target_index);
    training.measure();
    return training;
}

TestData test_data(const data::Table& table, const TrainingData& training) {
    const std::size_t columns = table.values.n_cols;
    if (table.has_header) return data_by_name(table, training);
    TestData result;
    if (columns == training.columns) {
        result.x = columns_of(table.values, training.feature_index);
        result.y = columns_of(table.values, training.target_index);
    } else if (columns == training.features.size()) {
        result.x = table.values;
    } else if (table.values.n_rows == 0) {
        result.x.set_size(0, training.features.size());
    } else {
        throw base::InputError(table.file, std::to_string(columns) + " columns; expected " +
                                               std::to_string(training.columns) + " as in the training table, or " +
                                               std::to_string(training.features.size()) + " features");
    }
    return result;
}

TrainingData class_training_data(const data::Table& table, const std::string& target, const std::string& features,
                                 Standardise standardise, bool unit_norm) {
    TrainingData training = training_data(table, target, features, standardise, unit_norm);
    if (training.targets.size() != 1)
        throw base::InputError("--target",
                               std::to_string(training.targets.size()) + " columns; expected one of labels");
    training.classes = sorted_classes(labels_of(table, training.target_index[0]));
    if (training.classes.size() < 2)
        throw base::InputError(table.file, "every row is of class " + base::quoted(training.classes[0]) +
                                               "; expected at least two classes");
    training.y = class_numbers(table, training.target_index[0], training.classes);
    training.measure();
    return training;
}

TestData class_test_data(data::Table table, const TrainingData& training) {
    std::optional<std::size_t> label;
    if (table.has_header) {
        if (const auto found = find_names(table, training.targets)) label = found->front();
    } else if (table.values.n_cols == training.columns) {
        label = training.target_index[0];
    }
    for (const auto& [column, cells] : table.text)
        if (column != label) read_as_numbers(table, column);
    TestData result = test_data(table, training);
    result.y.reset();
    if (label) result.y = class_numbers(table, *label, training.classes);
    return result;
}

} // namespace limsym::process
