// JSON: documents, matrices and records. The tree and the streaming readers must agree on what is well-formed.
#include <nlohmann/json.hpp>
#include <optional>

#include "fuzz.hpp"
#include "limsym/data/document.hpp"
#include "limsym/data/json.hpp"
#include "limsym/data/kernel_document.hpp"
#include "limsym/data/table_readers.hpp"

using namespace limsym;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    std::optional<data::Json> tree;
    fuzz::expect_input_error_at_most([&] { tree = data::parse_json(text, "f.json"); });
    if (tree) {
        const std::string written = data::to_text(*tree);
        if (data::to_text(data::parse_json(written, "again.json")) != written) std::abort();
    }
    std::optional<data::Document> document;
    fuzz::expect_input_error_at_most([&] { document = data::parse_document(text, "f.json"); });
    if (tree.has_value() != document.has_value()) std::abort();
    if (document) {
        for (const auto& [pointer, rows] : document->rows) {
            const data::Json& same = tree->at(data::Json::json_pointer(pointer));
            if (same.size() != rows.size()) std::abort();
            for (std::size_t i = 0; i < rows.size(); ++i)
                if (same[i].size() != rows.row(i).size()) std::abort();
            fuzz::expect_input_error_at_most([&, &place = pointer] { (void)document->matrix(place); });
        }
    }
    for (const data::JsonShape shape : {data::JsonShape::document, data::JsonShape::records, data::JsonShape::either})
        for (const bool free : {false, true})
            fuzz::expect_input_error_at_most([&] {
                data::TextBuffer buffer(text, "f.json");
                const data::TableOptions options{
                    .allow_no_rows = free, .allow_empty_cells = free, .text_columns = free ? "2,y" : ""};
                const data::Table table = data::read_json_table(buffer, shape, options);
                if (table.names.size() != table.values.n_cols) std::abort();
                if (!free && !table.values.is_finite()) std::abort();
                for (const auto& [column, cells] : table.text)
                    if (column >= table.values.n_cols || cells.size() != table.values.n_rows) std::abort();
                if (table.values.n_rows > 0) (void)table.place(table.values.n_rows - 1);
            });
    const fuzz::NamedBytes file(text);
    fuzz::expect_input_error_at_most([&] { (void)data::read_gram({file.name(), data::Format::json, ""}, "ntk"); });
    return 0;
}
