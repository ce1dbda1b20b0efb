// Reading files.
#include <filesystem>

#include "limsym/data/matrix.hpp"
#include "measure.hpp"

namespace limsym::bench {

void read_csv(const std::string& file, std::size_t runs) {
    const data::Source source{file, data::Format::csv, ""};
    arma::mat matrix = data::read_matrix(source);
    std::vector<double> times;
    for (std::size_t i = 0; i < runs; ++i)
        times.push_back(seconds([&] { matrix = data::read_matrix(source); }));
    Record record;
    record.add("bytes", static_cast<double>(std::filesystem::file_size(file)));
    record.add("rows", static_cast<double>(matrix.n_rows));
    record.add("columns", static_cast<double>(matrix.n_cols));
    record.add("sum", arma::accu(matrix));
    record.add("ours", times);
    record.print();
}

} // namespace limsym::bench
