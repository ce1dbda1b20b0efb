// npy and idx files, plain and packed: no claim of a header makes memory that the file does not fill.
#include "fuzz.hpp"
#include "limsym/data/npy.hpp"

using namespace limsym;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view content(reinterpret_cast<const char*>(bytes), size);
    const fuzz::NamedBytes named(content);
    fuzz::expect_input_error_at_most([&] {
        base::InputFile file(named.name());
        const arma::mat values = data::read_npy(file);
        if (!values.is_finite() || values.n_elem > 1032 * size) std::abort();
        if (values.is_empty()) return;
        std::string again;
        data::write_npy([&](std::string_view part) { again += part; }, values);
        const fuzz::NamedBytes second(again);
        base::InputFile copy(second.name());
        if (!arma::approx_equal(data::read_npy(copy), values, "absdiff", 0.0)) std::abort();
    });
    fuzz::expect_input_error_at_most([&] {
        base::InputFile file(named.name());
        if (!data::read_idx(file).is_finite()) std::abort();
    });
    return 0;
}
