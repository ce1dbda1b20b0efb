#include "measure.hpp"

#include <cmath>
#include <fstream>
#include <stdexcept>

#include "limsym/numerics/variates.hpp"

namespace limsym::bench {

namespace {

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.12g", value);
    return text;
}

} // namespace

void Record::add(const std::string& name, double value) {
    fields_.emplace_back(name, number(value));
}

void Record::add(const std::string& name, const std::string& text) {
    fields_.emplace_back(name, '"' + text + '"');
}

void Record::add(const std::string& name, const std::vector<double>& values) {
    std::string list = "[";
    for (const double value : values)
        list += (list.size() > 1 ? "," : "") + number(value);
    fields_.emplace_back(name, list + "]");
}

void Record::print() const {
    std::string line = "{";
    for (const auto& [name, value] : fields_)
        line += (line.size() > 1 ? ",\"" : "\"") + name + "\":" + value;
    std::puts((line + "}").c_str());
}

arma::mat points(std::size_t rows, std::size_t columns) {
    base::RandomStream stream(1, "bench");
    arma::mat x(rows, columns, arma::fill::none);
    numerics::fill_normal(stream, x.memptr(), x.n_elem);
    return x;
}

arma::mat well_scaled_matrix(std::size_t n) {
    arma::mat a(n, n, arma::fill::none);
    for (std::size_t j = 0; j < n; ++j)
        for (std::size_t i = 0; i < n; ++i)
            a.at(i, j) = 1.0 / (1.0 + static_cast<double>(i > j ? i - j : j - i));
    a.diag() += static_cast<double>(n);
    return a;
}

arma::mat read_doubles(const std::string& file, std::size_t rows, std::size_t columns) {
    arma::mat matrix(rows, columns, arma::fill::none);
    std::ifstream in(file, std::ios::binary);
    in.read(reinterpret_cast<char*>(matrix.memptr()), static_cast<std::streamsize>(matrix.n_elem * sizeof(double)));
    if (!in) throw std::runtime_error(file + ": cannot be read, or is too short");
    return matrix;
}

void write_doubles(const std::string& file, const arma::mat& matrix) {
    std::ofstream out(file, std::ios::binary);
    out.write(reinterpret_cast<const char*>(matrix.memptr()),
              static_cast<std::streamsize>(matrix.n_elem * sizeof(double)));
    if (!out) throw std::runtime_error(file + ": cannot be written");
}

} // namespace limsym::bench
