#include "limsym/mixture/step_document.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/numerics/eigen.hpp"
#include "limsym/numerics/lapack.hpp"

namespace limsym::mixture {

namespace {

std::string numbers_text(std::size_t found, std::size_t expected) {
    return std::to_string(found) + " numbers; expected " + std::to_string(expected);
}

/// @param columns 0: those of the first row
arma::mat read_rows(data::ObjectReader& reader, const std::string& key, std::size_t columns) {
    const data::Json& rows = reader.at(key);
    if (!rows.is_array()) reader.fail(key, "expected an array of rows");
    arma::mat values;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::string place = base::at_pointer(reader.file(), reader.pointer_to(key) + "/" + std::to_string(i));
        const data::Json& row = rows[i];
        if (!row.is_array()) throw base::InputError(place, "expected an array of numbers");
        if (columns == 0) columns = row.size();
        if (row.size() != columns || columns == 0) throw base::InputError(place, numbers_text(row.size(), columns));
        if (i == 0) values.set_size(rows.size(), columns);
        for (std::size_t j = 0; j < columns; ++j) {
            if (!row[j].is_number())
                throw base::InputError(place + "/" + std::to_string(j), "expected a finite number");
            values(i, j) = row[j].get<double>();
        }
    }
    if (values.empty()) values.set_size(0, columns);
    return values;
}

void check_kernel(data::ObjectReader& reader, arma::mat& k) {
    if (k.n_rows == 0 || k.n_rows != k.n_cols)
        reader.fail("K", "is " + std::to_string(k.n_rows) + " x " + std::to_string(k.n_cols) + "; expected a square");
    const double largest = arma::abs(k).max();
    const arma::mat difference = arma::abs(k - k.t());
    if (difference.max() > 1e-8 * largest)
        reader.fail("K", "not symmetric: entries differ by " + base::number_text(difference.max()));
    k = arma::mat(0.5 * (k + k.t()));
    const arma::vec values = numerics::symmetric_eigen(k, false).values;
    if (values.min() < -1e-10 * std::max(values.max(), 0.0) || values.max() < 0.0)
        reader.fail("K", "not positive semidefinite: its smallest eigenvalue is " + base::number_text(values.min()));
}

} // namespace

StepDocument read_step(const std::string& file) {
    const data::Json document = data::read_json(file);
    data::ObjectReader reader(document, file, "");
    StepDocument result;
    result.step.activation = network::read_activation(reader.at("activation"), file, "/activation");
    const auto not_negative = [](double v) { return v >= 0.0; };
    result.step.sigma_w = reader.number(
        "sigma_w", 1.0, [](double v) { return v > 0.0; }, "> 0");
    result.step.sigma_b = reader.number("sigma_b", 0.0, not_negative, ">= 0");
    result.step.drift = reader.number("a", 0.0, not_negative, ">= 0");
    result.points = reader.numbers("points");
    for (std::size_t j = 0; j < result.points.size(); ++j)
        if (!(result.points[j] >= 0.0))
            throw base::InputError(base::at_pointer(file, "/points/" + std::to_string(j)),
                                   base::number_text(result.points[j]) + " is out of range; expected a point >= 0");
    const bool has_kernel = reader.has("K");
    if (has_kernel == reader.has("inputs")) reader.fail("", "expected one of \"K\" and \"inputs\"");
    if (has_kernel) {
        result.k = read_rows(reader, "K", 0);
        check_kernel(reader, result.k);
    } else {
        const arma::mat x = read_rows(reader, "inputs", 0);
        if (x.empty()) reader.fail("inputs", "there are no inputs; expected at least one row");
        result.k = first_kernel({result.step.sigma_w, result.step.sigma_b, false, {}}, x);
    }
    result.normals = read_rows(reader, "normals", result.k.n_rows);
    if (result.normals.n_rows != result.points.size())
        reader.fail("normals", std::to_string(result.normals.n_rows) + " rows; expected " +
                                   std::to_string(result.points.size()) + ", one for each point");
    reader.finish();
    return result;
}

arma::mat apply_step(const StepDocument& document) {
    const arma::mat& k = document.k;
    arma::mat root = k;
    if (numerics::lapack::cholesky_lower(k.n_rows, root.memptr(), k.n_rows) == 0) {
        root = arma::trimatl(root);
    } else {
        const numerics::SymmetricEigen eigen = numerics::symmetric_eigen(k, true);
        const double least = 1e-12 * eigen.values.max();
        root = eigen.vectors;
        for (std::size_t j = 0; j < k.n_cols; ++j)
            root.col(j) *= eigen.values(j) > least ? std::sqrt(eigen.values(j)) : 0.0;
    }
    const arma::mat zeta = root * document.normals.t();
    return apply_step(document.step, k, document.points, zeta);
}

} // namespace limsym::mixture
