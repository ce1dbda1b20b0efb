#include "limsym/mixture/labelled_data.hpp"

#include <algorithm>
#include <cmath>

#include "limsym/base/error.hpp"
#include "limsym/base/hash.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/data/table.hpp"

namespace limsym::mixture {

namespace {

constexpr std::size_t most_classes = 65'536;

bool is_class(double value, std::size_t classes) {
    return value >= 0 && value < static_cast<double>(classes) && value == std::floor(value);
}

std::string expected_class(std::size_t classes) {
    return "; expected a class 0.." + std::to_string(classes - 1);
}

std::size_t kept_rows(std::size_t rows, const std::optional<std::size_t>& limit) {
    return std::min(rows, limit.value_or(rows));
}

LabelledData read_table(const DataRequest& request) {
    const data::Table table = data::read_table(request.source);
    const std::size_t classes = request.classes.value_or(most_classes);
    LabelledData result;
    result.file = table.file;
    std::vector<std::size_t> columns;
    std::optional<std::size_t> target;
    if (request.target) target = table.column(*request.target, "--target");
    if (request.features) {
        columns = table.columns(*request.features, "--features");
        if (target && std::find(columns.begin(), columns.end(), *target) != columns.end())
            throw base::InputError("--features", "the target is among them; expected other columns");
    } else {
        for (std::size_t c = 0; c < table.values.n_cols; ++c)
            if (c != target) columns.push_back(c);
    }
    if (columns.empty()) throw base::InputError(table.file, "no feature columns; expected at least one");
    const std::size_t rows = kept_rows(table.values.n_rows, request.limit);
    result.x.set_size(columns.size(), rows);
    for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t c = 0; c < columns.size(); ++c)
            result.x(c, i) = table.values(i, columns[c]);
    if (!target) return result;
    for (std::size_t i = 0; i < rows; ++i) {
        const double value = table.values(i, *target);
        if (!is_class(value, classes))
            throw base::InputError(table.place(i), "column '" + table.names[*target] + "' is '" +
                                                       base::number_text(value) + "'" + expected_class(classes));
        result.labels.push_back(static_cast<std::uint32_t>(value));
    }
    return result;
}

LabelledData read_images(const DataRequest& request, const base::MemoryBudget& budget) {
    LabelledData result;
    result.file = request.source.file;
    arma::mat images = data::read_matrix(request.source);
    if (images.n_cols == 1) throw base::InputError(request.source.file, "one number a row; expected images (idx3)");
    budget.require(base::saturating_product(base::saturating_product(images.n_rows, images.n_cols), 3 * sizeof(double)),
                   "the images");
    const std::size_t rows = kept_rows(images.n_rows, request.limit);
    if (request.labels) {
        const arma::mat labels = data::read_matrix(*request.labels);
        if (labels.n_cols != 1)
            throw base::InputError(request.labels->file,
                                   std::to_string(labels.n_cols) + " numbers a row; expected one class (idx1)");
        if (labels.n_rows != images.n_rows)
            throw base::InputError(request.labels->file, std::to_string(labels.n_rows) + " labels; expected " +
                                                             std::to_string(images.n_rows) + ", one for each image");
        const std::size_t classes = request.classes.value_or(most_classes);
        for (std::size_t i = 0; i < rows; ++i) {
            if (!is_class(labels(i, 0), classes))
                throw base::InputError(request.labels->file, "label " + std::to_string(i + 1) + " is " +
                                                                 base::number_text(labels(i, 0)) +
                                                                 expected_class(classes));
            result.labels.push_back(static_cast<std::uint32_t>(labels(i, 0)));
        }
    }
    if (rows < images.n_rows) images.resize(rows, images.n_cols);
    result.x = images.t();
    result.x /= 255.0;
    return result;
}

} // namespace

std::size_t LabelledData::classes() const {
    return labels.empty() ? 0 : *std::max_element(labels.begin(), labels.end()) + std::size_t{1};
}

std::string LabelledData::sha256() const {
    const std::string classes(reinterpret_cast<const char*>(labels.data()), labels.size() * sizeof(std::uint32_t));
    return base::sha256_hex(data::matrix_sha256(x) + classes);
}

LabelledData read_labelled_data(const DataRequest& request, const base::MemoryBudget& budget) {
    if (request.target && request.labels)
        throw base::InputError("--labels", "the classes are given by --target already; expected one of the two");
    if (request.needs_labels && !request.target && !request.labels)
        throw base::InputError("--target", "is missing; expected --target COL, or --labels FILE for images");
    const bool images =
        request.labels || (!request.target && !request.features && request.source.format == data::Format::idx);
    LabelledData result = images ? read_images(request, budget) : read_table(request);
    if (result.rows() == 0) throw base::InputError(result.file, "no rows; expected at least one");
    return result;
}

} // namespace limsym::mixture
