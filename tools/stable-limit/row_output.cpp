#include "row_output.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/npy.hpp"
#include "limsym/data/records.hpp"

namespace limsym::tools {

namespace {

constexpr std::size_t flush_size = std::size_t{1} << 18U;

} // namespace

void check_shard_format(const std::optional<base::Shard>& shard, const cli::Context& context) {
    if (!shard) return;
    const auto refuse = [](const std::string& option, data::Format format) {
        throw base::InputError(option, std::string(data::format_name(format)) +
                                           " is no form of a shard; expected ndjson, and merge --to for the rest");
    };
    if (context.result_format_given()) {
        if (context.result_format() != data::Format::ndjson) refuse("--to", context.result_format());
        return;
    }
    if (!context.result_file()) return;
    const auto named = data::format_of_name(*context.result_file());
    if (named && *named != data::Format::ndjson) refuse(*context.result_file(), *named);
}

RowOutput::RowOutput(std::vector<std::string> columns, std::optional<ShardJob> part, cli::Context& context)
    : columns_(std::move(columns)), part_(std::move(part)), context_(context),
      format_(part_ ? data::Format::ndjson : context.result_format()) {
    if (format_ == data::Format::csv) text_ = base::join(columns_, ",") + "\n";
}

void RowOutput::rows(const arma::mat& values) {
    if (format_ == data::Format::npy)
        kept_.push_back(values);
    else if (format_ == data::Format::csv)
        csv(values);
    else
        records(values);
}

void RowOutput::csv(const arma::mat& values) {
    for (arma::uword i = 0; i < values.n_rows; ++i) {
        for (arma::uword j = 0; j < values.n_cols; ++j) {
            if (j > 0) text_ += ',';
            if (!std::isnan(values(i, j))) base::append_number(text_, values(i, j));
        }
        text_ += '\n';
        if (text_.size() >= flush_size) flush();
    }
}

void RowOutput::records(const arma::mat& values) {
    for (arma::uword i = 0; i < values.n_rows; ++i) {
        for (arma::uword j = 0; j < values.n_cols; ++j) {
            text_ += (j == 0 ? "{\"" : ",\"") + columns_[j] + "\":";
            if (std::isnan(values(i, j)))
                text_ += "null";
            else
                base::append_number(text_, values(i, j));
        }
        text_ += "}\n";
        if (text_.size() >= flush_size) flush();
    }
}

void RowOutput::flush() {
    if (part_) hash_.update(text_);
    context_.out()(text_);
    text_.clear();
}

void RowOutput::finish() {
    flush();
    if (format_ == data::Format::npy) {
        arma::mat all(0, columns_.size());
        for (const arma::mat& part : kept_)
            all = arma::join_cols(all, part);
        data::write_npy(context_.out(), all);
    }
    if (!part_) return;
    data::ShardLine line{part_->command, part_->shard, part_->total, part_->job};
    line.summary = data::to_text(data::Json{{"columns", columns_}});
    line.records_sha256 = hash_.hex();
    line.records_per_item = part_->rows_per_item;
    context_.out()(data::to_text(line) + "\n");
}

} // namespace limsym::tools
