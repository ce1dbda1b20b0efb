// CSV tables: what is read is rectangular, and numbers written again read back the same.
#include <cmath>

#include "fuzz.hpp"
#include "limsym/data/csv.hpp"
#include "limsym/data/table_readers.hpp"

using namespace limsym;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0) return 0;
    const std::uint8_t choice = bytes[0];
    const std::string_view text(reinterpret_cast<const char*>(bytes + 1), size - 1);
    data::TableOptions options;
    options.allow_no_rows = (choice & 1U) != 0;
    options.allow_empty_cells = (choice & 2U) != 0;
    if ((choice & 4U) != 0) options.text_columns = "1,y";
    fuzz::expect_input_error_at_most([&] {
        data::TextBuffer buffer(text, "f.csv");
        const data::Table table = data::read_csv_table(buffer, options);
        if (table.names.size() != table.values.n_cols || table.lines.size() != table.values.n_rows) std::abort();
        for (const auto& [column, cells] : table.text)
            if (column >= table.values.n_cols || cells.size() != table.values.n_rows) std::abort();
        if (!table.values.is_finite()) {
            if (!options.allow_empty_cells) std::abort();
            return;
        }
        if (table.values.is_empty()) return;
        std::string again;
        data::write_csv_rows([&](std::string_view part) { again += part; }, table.values);
        data::TextBuffer second(again, "again.csv");
        const data::Table same = data::read_csv_table(second, {});
        if (!arma::approx_equal(same.values, table.values, "absdiff", 0.0)) std::abort();
    });
    return 0;
}
