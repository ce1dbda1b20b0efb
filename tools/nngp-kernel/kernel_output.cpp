#include "kernel_output.hpp"

#include <memory>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/data/hdf5.hpp"
#include "limsym/data/json_writer.hpp"
#include "limsym/data/matrix.hpp"

namespace limsym::tools {

namespace {

template <typename T>
void write_document(const KernelRecord& record, const kernel::Gram<T>& gram, cli::Context& context) {
    data::JsonWriter writer(context.out());
    data::Json head = context.head("limsym/kernel@1");
    const arma::Mat<T>& any = gram.nngp.empty() ? gram.ntk : gram.nngp;
    head["options"] = record.options;
    head["network_sha256"] = record.network_sha256;
    head["kind"] = record.kind;
    head["rows"] = any.n_rows;
    head["cols"] = any.n_cols;
    head["symmetric"] = record.symmetric;
    head["layout"] = record.layout;
    head["log2_scale"] = gram.log2_scale;
    if (record.diagonal) head["diagonal"] = true;
    writer.begin_object().members(head);
    for (const auto& [name, matrix] : {std::pair{"nngp", &gram.nngp}, {"ntk", &gram.ntk}}) {
        if (matrix->empty()) continue;
        writer.key(name);
        if (record.layout != "lower") {
            writer.matrix(*matrix);
            continue;
        }
        writer.begin_object().member("schema", "limsym/matrix@1").member("rows", matrix->n_rows);
        writer.member("cols", matrix->n_cols).key("data").lower_rows(*matrix).end_object();
    }
    writer.end_object().finish();
}

template <typename T>
void write_bare(const kernel::Gram<T>& gram, data::Format format, cli::Context& context) {
    const arma::Mat<T>& matrix = gram.nngp.empty() ? gram.ntk : gram.nngp;
    if (gram.log2_scale != 0)
        throw base::WorkError("the kernel leaves the range of its numbers (log2 scale " +
                              std::to_string(gram.log2_scale) + "), which a bare matrix cannot say; try --to json");
    data::write_matrix(context.out(), format, arma::conv_to<arma::mat>::from(matrix));
}

template <typename T>
void write_datasets(const kernel::Gram<T>& gram, cli::Context& context) {
    const auto content = std::make_shared<data::Hdf5Content>();
    if (!gram.nngp.empty()) content->matrices["/nngp"] = arma::conv_to<arma::mat>::from(gram.nngp);
    if (!gram.ntk.empty()) content->matrices["/ntk"] = arma::conv_to<arma::mat>::from(gram.ntk);
    if (gram.log2_scale != 0)
        content->matrices["/log2_scale"] = arma::mat(1, 1, arma::fill::value(static_cast<double>(gram.log2_scale)));
    const std::string file = *context.result_file();
    context.at_commit([content, file] { data::write_hdf5(file, *content); });
}

} // namespace

data::Json kernel_options(const std::string& which, const std::string& layout, bool single_precision,
                          std::uint64_t tile) {
    data::Json result;
    result["which"] = which;
    result["layout"] = layout;
    result["dtype"] = single_precision ? "f32" : "f64";
    result["tile"] = tile;
    return result;
}

void check_kernel_form(const std::string& kind, const std::string& layout, const cli::Context& context) {
    const data::Format format = context.result_format();
    const bool bare = format == data::Format::csv || format == data::Format::npy;
    if (bare && kind == "both")
        throw base::InputError("--which", "both are two matrices; expected --to json, or -o FILE.json or FILE.h5");
    if (layout == "lower" && format != data::Format::json)
        throw base::InputError("--layout", "lower is a layout of documents; expected --to json");
    if (format == data::Format::h5 && !context.result_file())
        throw base::InputError("--to", "h5 needs a file; expected -o FILE.h5");
    if (format == data::Format::h5) data::require_hdf5();
}

bool named_tile_store(const cli::Context& context) {
    return context.result_file() && context.result_file()->ends_with(".tiles");
}

void check_tile_store_form(const cli::Context& context) {
    if (!context.result_file()) throw base::InputError("--layout", "tiles needs a file; expected -o FILE.tiles");
    if (const auto other = data::format_of_name(*context.result_file()))
        throw base::InputError("--out", "the name " + *context.result_file() + " says " +
                                            std::string(data::format_name(*other)) +
                                            ", the result is a tile store; expected FILE.tiles");
    if (context.result_format() != data::Format::json) // what it is without --to
        throw base::InputError("--to", std::string(data::format_name(context.result_format())) +
                                           " contradicts the tile store; expected --to absent, or another file");
}

template <typename T>
void write_kernel(const KernelRecord& record, const kernel::Gram<T>& gram, cli::Context& context) {
    const data::Format format = context.result_format();
    if (format == data::Format::json)
        write_document(record, gram, context);
    else if (format == data::Format::h5)
        write_datasets(gram, context);
    else
        write_bare(gram, format, context);
}

template void write_kernel(const KernelRecord&, const kernel::Gram<double>&, cli::Context&);
template void write_kernel(const KernelRecord&, const kernel::Gram<float>&, cli::Context&);

} // namespace limsym::tools
