// Model files: limsym/nngp-model@1, and limsym/class-model@1 of a classification, as JSON (the factor is recomputed on
// load) or HDF5 (the factor is kept).
#pragma once

#include <armadillo>
#include <optional>
#include <string>
#include <vector>

#include "limsym/data/standardisation.hpp"
#include "limsym/data/table.hpp"
#include "limsym/network/network.hpp"
#include "limsym/process/regression.hpp"

namespace limsym::process {

enum class Standardise { none, x, xy };
[[nodiscard]] std::string_view standardise_name(Standardise what);
[[nodiscard]] Standardise parse_standardise(const std::string& text, const std::string& place);

/// The training data as they came, and what they become in working units.
struct TrainingData {
    std::vector<std::string> features; ///< names
    std::vector<std::string> targets;
    std::size_t columns = 0;                ///< of the training table
    std::vector<std::size_t> feature_index; ///< 0-based columns of the training table
    std::vector<std::size_t> target_index;
    Standardise standardise = Standardise::none;
    bool unit_norm = false; ///< rows of features, standardised, are scaled to length 1
    arma::mat x;            ///< n x d, original units
    arma::mat y;            ///< n x C
    /// Of a classification, in order: y is then one column of class numbers from 0, and the regression is on one-hot
    /// rows.
    std::vector<std::string> classes;
    data::Standardisation x_units;
    data::Standardisation y_units;

    /// Sets x_units and y_units from x and y.
    void measure();
    [[nodiscard]] arma::mat working_x() const { return x_units.apply(x); }
    /// n x C; one-hot for a classification.
    [[nodiscard]] arma::mat working_y() const;
};

/// Splits a table into features and targets. @param features empty: all columns that are not targets
/// @throws InputError naming --target or --features
[[nodiscard]] TrainingData training_data(const data::Table& table, const std::string& targets,
                                         const std::string& features, Standardise standardise, bool unit_norm = false);

/// The same with the labels of a classification as target: one column, read as text (TableOptions::text_columns).
/// @throws InputError more than one target, fewer than two classes
[[nodiscard]] TrainingData class_training_data(const data::Table& table, const std::string& target,
                                               const std::string& features, Standardise standardise,
                                               bool unit_norm = false);

enum class ModelKind { regression, classification };

/// Everything that predictions need.
struct Model {
    std::optional<network::Network> network; ///< nothing: the kernel was given
    arma::mat kernel;                        ///< K(X, X) when it was given (JSON models only)
    TrainingData training;
    RegressionOptions options;
    RegressionFit fit;
};

/// The features (m x d) and, if they are there, the targets (m x C; else 0 x 0) of a table to predict for. With a
/// header columns are found by name; without, the table has the training table's columns or the features alone.
/// @throws InputError
struct TestData {
    arma::mat x;
    arma::mat y;
};
[[nodiscard]] TestData test_data(const data::Table& table, const TrainingData& training);
/// For a classification: y is the column of class numbers. @throws InputError "FILE:LINE: ..." on an unknown class
[[nodiscard]] TestData class_test_data(data::Table table, const TrainingData& training);

/// The document's text.
[[nodiscard]] std::string model_json(const Model& model);
void write_model_hdf5(const std::string& file, const Model& model);
/// By content. @throws InputError naming the file when it is damaged, truncated or of another kind; WorkError as
///   fit_regression
[[nodiscard]] Model read_model(const std::string& file, const base::MemoryBudget& memory,
                               const base::Monitor& monitor = {}, ModelKind kind = ModelKind::regression);

} // namespace limsym::process
