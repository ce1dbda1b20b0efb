// JSON documents one after another: NDJSON lines, or documents that span lines.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "limsym/base/input.hpp"
#include "limsym/data/document.hpp"

namespace limsym::data {

class DocumentStream {
public:
    explicit DocumentStream(base::InputFile file);
    DocumentStream(DocumentStream&&) noexcept;
    ~DocumentStream();

    /// The next document, nothing at the end. `file` of a document is FILE, or FILE:LINE from the second on.
    /// @throws InputError on broken JSON
    [[nodiscard]] std::optional<Document> next();
    /// Line at which the document that next() gave begins, from 1.
    [[nodiscard]] std::size_t line() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace limsym::data
