#include "limsym/data/kernel_document.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "limsym/base/error.hpp"
#include "limsym/base/input.hpp"
#include "limsym/data/document.hpp"
#include "limsym/data/hdf5.hpp"
#include "limsym/data/json_scanner.hpp"
#include "limsym/data/table_readers.hpp"
#include "limsym/data/tile_store.hpp"

namespace limsym::data {

namespace {

constexpr long long largest_scale = 1LL << 40;

/// The block to read of the ones that `has` knows; empty when there is none.
template <typename Has>
std::string chosen_block(const std::string& file, const std::optional<std::string>& which, const Has& has) {
    const std::string first = which.value_or("nngp");
    const std::string other = first == "nngp" ? "ntk" : "nngp";
    if (has(first)) return first;
    if (!has(other)) return {};
    if (which) throw base::InputError(file, "holds " + other + ", not " + first);
    return other;
}

/// Row i of the lower triangle has i+1 numbers.
arma::mat mirrored(const Document& document, const std::string& pointer) {
    const auto found = document.rows.find(pointer);
    if (found == document.rows.end())
        throw base::InputError(base::at_pointer(document.file, pointer),
                               "no matrix is there; expected rows of numbers");
    const NumberRows& rows = found->second;
    const std::size_t n = rows.size();
    arma::mat values(n, n, arma::fill::none);
    for (std::size_t i = 0; i < n; ++i) {
        const std::span<const double> row = rows.row(i);
        if (row.size() != i + 1)
            throw base::InputError(base::at_pointer(document.file, pointer + "/" + std::to_string(i)),
                                   std::to_string(row.size()) + " numbers; expected " + std::to_string(i + 1) +
                                       " in a row of the lower triangle");
        std::copy(row.begin(), row.end(), values.colptr(i));
    }
    // Row i lies in column i now: the upper triangle. The lower one is its mirror image, block by block.
    constexpr std::size_t block = 32;
    for (std::size_t c0 = 0; c0 < n; c0 += block)
        for (std::size_t r0 = c0; r0 < n; r0 += block)
            for (std::size_t c = c0; c < std::min(c0 + block, n); ++c)
                for (std::size_t r = std::max(r0, c + 1); r < std::min(r0 + block, n); ++r)
                    values.at(r, c) = values.at(c, r);
    return values;
}

GramMatrix of_document(const Document& document, const std::optional<std::string>& which) {
    GramMatrix gram;
    if (document.tree.is_object() && document.tree.contains("data")) {
        gram.values = document.matrix_object("");
        return gram;
    }
    ObjectReader reader(document.tree, document.file, "");
    reader.schema("limsym/kernel@1");
    const std::string block =
        chosen_block(document.file, which, [&](const std::string& name) { return reader.has(name); });
    if (block.empty() && reader.has("file"))
        reader.fail("file", "holds the kernel itself; expected that file in place of this document");
    if (block.empty()) reader.fail("", "holds no kernel; expected a key nngp or ntk");
    gram.log2_scale = static_cast<long>(reader.integer("log2_scale", 0, -largest_scale, largest_scale));
    const std::string layout = reader.choice("layout", {"full", "lower"}, "full");
    const std::string pointer = "/" + block;
    if (layout == "full") {
        gram.values = document.matrix_object(pointer);
        return gram;
    }
    const bool bare = document.rows.contains(pointer);
    gram.values = mirrored(document, bare ? pointer : pointer + "/data");
    if (!bare) {
        ObjectReader matrix(reader.at(block), document.file, pointer);
        matrix.schema("limsym/matrix@1");
        for (const char* key : {"rows", "cols"})
            if (matrix.has(key) &&
                matrix.integer(key, 0, 0, largest_scale) != static_cast<long long>(gram.values.n_rows))
                matrix.fail(key, "does not agree with the data, which has " + std::to_string(gram.values.n_rows));
    }
    return gram;
}

GramMatrix of_hdf5(base::InputFile& input, const std::string& dataset, const std::optional<std::string>& which) {
    const Hdf5Reader file(input);
    GramMatrix gram;
    std::string path = dataset;
    if (path.empty()) {
        const std::string block =
            chosen_block(input.name(), which, [&](const std::string& name) { return file.has("/" + name); });
        path = block.empty() ? file.only_matrix() : "/" + block;
    }
    gram.values = file.matrix(path);
    if (!file.has("/log2_scale")) return gram;
    const arma::mat scale = file.matrix("/log2_scale");
    const double value = scale.n_elem == 1 ? scale[0] : 0.5;
    if (value != std::trunc(value) || std::abs(value) > static_cast<double>(largest_scale))
        throw base::InputError(base::at_pointer(input.name(), "/log2_scale"), "is no whole number; expected one");
    gram.log2_scale = static_cast<long>(value);
    return gram;
}

} // namespace

GramMatrix read_gram(const Source& source, const std::optional<std::string>& which, base::MemoryBudget memory) {
    base::InputFile input(source.file);
    if (starts_tile_store(input.peek())) {
        if (source.file == "-")
            throw base::InputError(source.file,
                                   "is a tile store, which cannot be read from standard input; name the file");
        const TileStore store(source.file);
        const TileGrid& grid = store.description().grid;
        memory.require(base::saturating_product(base::saturating_product(grid.rows, grid.cols), sizeof(double)),
                       "the whole matrix of " + source.file);
        const std::string& kind = store.description().kind;
        return {store.matrix(which.value_or(kind == "both" ? "nngp" : kind)), 0};
    }
    const std::optional<Format> told = source.format ? source.format : format_of_name(source.file);
    const Format format = told ? *told : format_of_content(input.peek());
    if (format == Format::h5) return of_hdf5(input, source.dataset, which);
    if (format != Format::json) return {read_table_as(std::move(input), format, {}).values, 0};
    TextBuffer buffer(std::move(input));
    if (JsonScanner(buffer).peek() == '{') return of_document(read_document(buffer), which);
    return {read_json_table(buffer, told ? JsonShape::document : JsonShape::either, {}).values, 0};
}

arma::mat scaled_values(GramMatrix gram, const std::string& file) {
    if (gram.log2_scale == 0 || gram.values.empty()) return std::move(gram.values);
    const double largest = arma::abs(gram.values).max();
    const double scaled = std::ldexp(largest, static_cast<int>(std::clamp(gram.log2_scale, -10000L, 10000L)));
    if (!std::isfinite(scaled) || (largest > 0 && scaled < std::numeric_limits<double>::min()))
        throw base::WorkError(file + ": the values leave the range of double (log2 scale " +
                              std::to_string(gram.log2_scale) + ")");
    const auto scale = static_cast<int>(gram.log2_scale); // in range now, or every value is 0
    gram.values.for_each([scale](double& value) { value = std::ldexp(value, scale); });
    return std::move(gram.values);
}

} // namespace limsym::data
