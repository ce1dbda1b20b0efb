#include "limsym/data/hdf5.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <dlfcn.h>
#include <exception>
#include <filesystem>
#include <memory>

#include "limsym/base/error.hpp"
#include "limsym/base/output.hpp"
#include "limsym/data/hdf5_module.hpp"
#include "limsym/data/number_rows.hpp"

namespace limsym::data {

namespace {

constexpr const char* module_name = "limsym_hdf5.so";

/// Where the module may be, best first.
std::vector<std::filesystem::path> module_folders() {
    std::vector<std::filesystem::path> folders;
    if (const char* chosen = std::getenv("LIMSYM_MODULE_PATH"); chosen != nullptr && *chosen != '\0')
        folders.emplace_back(chosen);
    std::error_code none;
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", none);
    if (!none) {
        const std::filesystem::path prefix = program.parent_path().parent_path();
        folders.push_back(prefix / "lib" / "limsym");
        folders.push_back(prefix / LIMSYM_LIBDIR / "limsym");
    }
    folders.emplace_back(LIMSYM_MODULE_DIR);
    return folders;
}

const LimsymHdf5Functions& load_module() {
    std::vector<std::string> looked;
    for (const std::filesystem::path& folder : module_folders()) {
        const std::filesystem::path file = folder / module_name;
        looked.push_back(folder.string());
        if (!std::filesystem::exists(file)) continue;
        // It stays loaded: libhdf5 registers work for the end of the process.
        void* const module = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
        if (module == nullptr)
            throw base::WorkError("the HDF5 module cannot be loaded: " + base::printable(::dlerror()));
        const auto entry = reinterpret_cast<decltype(&limsym_hdf5_functions)>(::dlsym(module, "limsym_hdf5_functions"));
        if (entry == nullptr || entry()->version != limsym_hdf5_version)
            throw base::WorkError(file.string(), "is the HDF5 module of another version of limsym");
        return *entry();
    }
    throw base::WorkError("HDF5 needs the module " + std::string(module_name) + ", which is not in " +
                          base::join(looked) + "; set LIMSYM_MODULE_PATH to its folder, or use another format");
}

const LimsymHdf5Functions& module() {
    static const LimsymHdf5Functions& loaded = load_module();
    return loaded;
}

/// "FILE:/dataset"
std::string place_of(const std::string& file, const std::string& path) {
    return base::at_pointer(file, base::printable(path));
}

/// What a callback works on; its exceptions may not pass through the module.
struct Target {
    std::string place;
    arma::mat matrix;
    std::string text;
    std::exception_ptr failure;
    bool allow_nan = false;

    template <typename Work>
    int keep_failure(const Work& work) noexcept {
        try {
            work();
            return 1;
        } catch (...) {
            failure = std::current_exception();
            return 0;
        }
    }
    void check(int done, const LimsymHdf5Error& error) const {
        if (failure) std::rethrow_exception(failure);
        if (done == 0) throw base::InputError(place, base::printable(error.text));
    }
    void take(std::uint64_t first, std::uint64_t count, const double* numbers) {
        const std::uint64_t columns = matrix.n_cols;
        for (std::uint64_t i = 0; i < count * columns; ++i)
            if (!std::isfinite(numbers[i]) && !(allow_nan && std::isnan(numbers[i])))
                throw base::InputError(place, "row " + std::to_string(first + i / columns + 1) + ", column " +
                                                  std::to_string(i % columns + 1) +
                                                  " is not finite; expected a finite number");
        place_rows(numbers, count, columns, matrix, first);
    }
};

} // namespace

Hdf5Reader::Hdf5Reader(base::InputFile& input) : name_(input.name()) {
    const LimsymHdf5Functions& hdf5 = module();
    const bool plain = input.plain_size().has_value() && name_ != "-";
    if (!plain) image_ = input.read_all();
    LimsymHdf5Error error{};
    std::unique_ptr<LimsymHdf5File, void (*)(LimsymHdf5File*)> file(
        hdf5.open(plain ? name_.c_str() : nullptr, image_.data(), image_.size(), &error), [](LimsymHdf5File* opened) {
            LimsymHdf5Error ignored{};
            module().close(opened, &ignored);
        });
    if (!file) throw base::InputError(name_, base::printable(error.text));
    struct Listing {
        Hdf5Reader* reader;
        std::exception_ptr failure;
    } listing{this, {}};
    const int done = hdf5.list(
        file.get(),
        [](void* context, const char* path, LimsymHdf5Kind kind) {
            auto& to = *static_cast<Listing*>(context);
            try {
                auto& paths = kind == limsym_hdf5_numbers ? to.reader->matrices_
                              : kind == limsym_hdf5_text  ? to.reader->strings_
                                                          : to.reader->others_;
                paths.emplace_back(path);
                return 1;
            } catch (...) {
                to.failure = std::current_exception();
                return 0;
            }
        },
        &listing, &error);
    if (listing.failure) std::rethrow_exception(listing.failure);
    if (done == 0) throw base::InputError(name_, base::printable(error.text));
    file_ = file.release();
}

Hdf5Reader::~Hdf5Reader() {
    LimsymHdf5Error ignored{};
    module().close(file_, &ignored);
}

bool Hdf5Reader::has(const std::string& path) const {
    return std::find(matrices_.begin(), matrices_.end(), path) != matrices_.end();
}

std::string Hdf5Reader::known_matrices() const {
    constexpr std::size_t few = 20;
    std::vector<std::string> shown(matrices_.begin(),
                                   matrices_.begin() + static_cast<std::ptrdiff_t>(std::min(few, matrices_.size())));
    if (matrices_.size() > few) shown.emplace_back("...");
    return base::printable(base::join(shown));
}

const std::string& Hdf5Reader::only_matrix() const {
    if (matrices_.empty()) throw base::InputError(name_, "holds no numeric dataset");
    if (matrices_.size() > 1)
        throw base::InputError(name_, "holds several datasets; choose one with --dataset: " + known_matrices());
    return matrices_.front();
}

arma::mat Hdf5Reader::matrix(const std::string& dataset, bool allow_nan) const {
    const std::string path = dataset.starts_with('/') ? dataset : "/" + dataset;
    const bool other = std::find(others_.begin(), others_.end(), path) != others_.end() ||
                       std::find(strings_.begin(), strings_.end(), path) != strings_.end();
    if (!has(path) && !other)
        throw base::InputError(name_,
                               "holds no dataset " + base::quoted(path) +
                                   (matrices_.empty() ? std::string() : "; expected one of " + known_matrices()));
    Target target{place_of(name_, path), {}, {}, {}, allow_nan};
    LimsymHdf5Error error{};
    const int done = module().read_numbers(
        file_, path.c_str(),
        [](void* context, std::uint64_t rows, std::uint64_t columns) {
            auto& to = *static_cast<Target*>(context);
            return to.keep_failure([&] { to.matrix.set_size(rows, columns); });
        },
        [](void* context, std::uint64_t first, std::uint64_t count, const double* numbers) {
            auto& to = *static_cast<Target*>(context);
            return to.keep_failure([&] { to.take(first, count, numbers); });
        },
        &target, &error);
    target.check(done, error);
    return std::move(target.matrix);
}

std::string Hdf5Reader::string(const std::string& path) const {
    Target target{place_of(name_, path), {}, {}, {}};
    LimsymHdf5Error error{};
    const int done = module().read_text(
        file_, path.c_str(),
        [](void* context, const char* bytes, std::size_t size) {
            auto& to = *static_cast<Target*>(context);
            return to.keep_failure([&] { to.text.assign(bytes, size); });
        },
        &target, &error);
    target.check(done, error);
    return std::move(target.text);
}

Hdf5Attributes Hdf5Reader::attributes() const {
    struct Found {
        const std::string& file;
        Hdf5Attributes attributes;
        std::exception_ptr failure;
    } found{name_, {}, {}};
    LimsymHdf5Error error{};
    const int done = module().list_attributes(
        file_,
        [](void* context, const char* name, LimsymHdf5Kind kind, double number, const char* bytes, std::size_t size) {
            auto& to = *static_cast<Found*>(context);
            try {
                if (kind == limsym_hdf5_text)
                    to.attributes.texts.emplace(name, std::string(bytes, size));
                else if (kind == limsym_hdf5_numbers && std::isfinite(number))
                    to.attributes.numbers.emplace(name, number);
                else
                    throw base::InputError(to.file, "the attribute " + base::quoted(name) +
                                                        " is neither a finite number nor a string");
                return 1;
            } catch (...) {
                to.failure = std::current_exception();
                return 0;
            }
        },
        &found, &error);
    if (found.failure) std::rethrow_exception(found.failure);
    if (done == 0) throw base::InputError(name_, base::printable(error.text));
    return std::move(found.attributes);
}

void require_hdf5() {
    (void)module();
}

arma::mat read_hdf5_matrix(const std::string& file, const std::string& dataset) {
    base::InputFile input(file);
    return read_hdf5_matrix(input, dataset);
}

arma::mat read_hdf5_matrix(base::InputFile& input, const std::string& dataset) {
    const Hdf5Reader file(input);
    return file.matrix(dataset.empty() ? file.only_matrix() : dataset);
}

Hdf5Content read_hdf5(const std::string& name) {
    base::InputFile input(name);
    const Hdf5Reader file(input);
    if (!file.others().empty())
        throw base::InputError(place_of(name, file.others().front()), "holds neither numbers nor a string");
    Hdf5Content content;
    for (const std::string& path : file.matrices())
        content.matrices.emplace(path, file.matrix(path));
    for (const std::string& path : file.strings())
        content.strings.emplace(path, file.string(path));
    return content;
}

void write_hdf5(const std::string& file, const Hdf5Content& content) {
    std::vector<Hdf5Dataset> datasets;
    for (const auto& [path, matrix] : content.matrices)
        datasets.push_back({path, &matrix});
    write_hdf5(file, datasets, content.strings);
}

void write_hdf5(const std::string& name, const std::vector<Hdf5Dataset>& datasets,
                const std::map<std::string, std::string>& strings, const Hdf5Attributes& attributes) {
    const LimsymHdf5Functions& hdf5 = module();
    base::AtomicFile target(name);
    LimsymHdf5Error error{};
    LimsymHdf5File* const file = hdf5.create(target.working_path().c_str(), &error);
    bool good = file != nullptr;
    for (const auto& [path, text] : strings)
        good = good && hdf5.write_text(file, path.c_str(), text.data(), text.size(), &error) != 0;
    for (const auto& [attribute, number] : attributes.numbers)
        good = good && hdf5.write_number_attribute(file, attribute.c_str(), number, &error) != 0;
    for (const auto& [attribute, text] : attributes.texts)
        good = good && hdf5.write_text_attribute(file, attribute.c_str(), text.data(), text.size(), &error) != 0;
    for (const Hdf5Dataset& dataset : datasets) {
        struct Origin {
            const arma::mat& numbers;
        } origin{*dataset.numbers};
        good = good && hdf5.write_numbers(
                           file, dataset.path.c_str(), origin.numbers.n_rows, origin.numbers.n_cols,
                           [](void* context, std::uint64_t first, std::uint64_t count, double* numbers) {
                               const arma::mat& from = static_cast<const Origin*>(context)->numbers;
                               take_rows(from, first, count, numbers);
                               return 1;
                           },
                           &origin, &error) != 0;
    }
    if (file != nullptr) {
        LimsymHdf5Error closing{};
        if (hdf5.close(file, &closing) == 0 && good) {
            good = false;
            error = closing;
        }
    }
    if (!good) throw base::WorkError(name, base::printable(error.text));
    target.commit();
}

} // namespace limsym::data
