#include "limsym/data/document_stream.hpp"

#include "limsym/base/error.hpp"
#include "limsym/data/json_scanner.hpp"
#include "limsym/data/json_tree.hpp"

namespace limsym::data {

struct DocumentStream::State {
    explicit State(base::InputFile file) : buffer(std::move(file)), scanner(buffer) {}
    TextBuffer buffer;
    JsonScanner scanner;
    std::size_t line = 0;
    bool any = false;
};

DocumentStream::DocumentStream(base::InputFile file) : state_(std::make_unique<State>(std::move(file))) {}
DocumentStream::DocumentStream(DocumentStream&&) noexcept = default;
DocumentStream::~DocumentStream() = default;

std::optional<Document> DocumentStream::next() {
    if (state_->scanner.ended()) return std::nullopt;
    state_->line = state_->scanner.line();
    Document document{state_->buffer.name(), {}, {}};
    if (state_->any) document.file = base::at_line(document.file, state_->line);
    state_->any = true;
    document.tree = read_value(state_->scanner, &document.rows);
    return document;
}

std::size_t DocumentStream::line() const {
    return state_->line;
}

} // namespace limsym::data
