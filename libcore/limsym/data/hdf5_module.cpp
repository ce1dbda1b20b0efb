#include "limsym/data/hdf5_module.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <hdf5.h>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct LimsymHdf5File {
    hid_t id = H5I_INVALID_HID;
};

namespace {

using Error = LimsymHdf5Error;

/// An identifier of libhdf5 and the function that gives it back.
class Handle {
public:
    Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() {
        if (id_ >= 0) close_(id_);
    }
    [[nodiscard]] hid_t get() const { return id_; }
    [[nodiscard]] bool failed() const { return id_ < 0; }
    hid_t release() { return std::exchange(id_, H5I_INVALID_HID); }

private:
    hid_t id_;
    herr_t (*close_)(hid_t);
};

constexpr std::size_t piece_numbers = std::size_t{1} << 19U;

int say(Error* error, const std::string& text) {
    const std::size_t size = std::min(text.size(), sizeof error->text - 1);
    std::memcpy(error->text, text.data(), size);
    error->text[size] = '\0';
    return 0;
}

/// The message with libhdf5's own reason, the innermost on its stack.
int fail(Error* error, std::string text) {
    const auto innermost = [](unsigned, const H5E_error2_t* entry, void* context) -> herr_t {
        auto& reason = *static_cast<std::string*>(context);
        if (reason.empty() && entry->desc != nullptr) reason = entry->desc;
        return 0;
    };
    std::string reason;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, innermost, &reason);
    H5Eclear2(H5E_DEFAULT);
    if (!reason.empty()) text += " (" + reason + ")";
    return say(error, text);
}

int stopped(Error* error) {
    error->text[0] = '\0';
    return 0;
}

void be_quiet() {
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    H5PLset_loading_state(0); // filters come from libhdf5 alone, not from whatever a search path holds
}

hid_t access_list() {
    const hid_t list = H5Pcreate(H5P_FILE_ACCESS);
    // Some file systems cannot lock; a file takes its name only when it is complete.
    H5Pset_file_locking(list, 0, 1);
    return list;
}

LimsymHdf5File* open(const char* path, void* image, std::size_t image_size, Error* error) {
    be_quiet();
    const Handle access(access_list(), H5Pclose);
    if (path == nullptr) {
        H5Pset_fapl_core(access.get(), std::size_t{1} << 20U, 0);
        if (H5Pset_file_image(access.get(), image, image_size) < 0) return fail(error, "cannot be read"), nullptr;
    }
    const hid_t id = H5Fopen(path == nullptr ? "-" : path, H5F_ACC_RDONLY, access.get());
    if (id < 0) return fail(error, "is not an HDF5 file, or a damaged one"), nullptr;
    return new LimsymHdf5File{id};
}

LimsymHdf5File* create(const char* path, Error* error) {
    be_quiet();
    const Handle access(access_list(), H5Pclose);
    const hid_t id = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access.get());
    if (id < 0) return fail(error, "cannot be written"), nullptr;
    return new LimsymHdf5File{id};
}

int close(LimsymHdf5File* file, Error* error) {
    const std::unique_ptr<LimsymHdf5File> owned(file);
    const bool flushed = H5Fflush(owned->id, H5F_SCOPE_GLOBAL) >= 0;
    const bool closed = H5Fclose(owned->id) >= 0;
    return flushed && closed ? 1 : fail(error, "write error");
}

LimsymHdf5Kind kind_of(hid_t dataset) {
    const Handle type(H5Dget_type(dataset), H5Tclose);
    const Handle space(H5Dget_space(dataset), H5Sclose);
    switch (type.failed() ? H5T_NO_CLASS : H5Tget_class(type.get())) {
    case H5T_INTEGER:
    case H5T_FLOAT:
        return limsym_hdf5_numbers;
    case H5T_STRING:
        return H5Sget_simple_extent_npoints(space.get()) == 1 ? limsym_hdf5_text : limsym_hdf5_other;
    default:
        return limsym_hdf5_other;
    }
}

int list(LimsymHdf5File* file, int (*found)(void*, const char*, LimsymHdf5Kind), void* context, Error* error) {
    std::vector<std::string> paths;
    const auto visit = [](hid_t, const char* name, const H5O_info_t* info, void* names) -> herr_t {
        if (info->type == H5O_TYPE_DATASET) static_cast<std::vector<std::string>*>(names)->push_back(name);
        return 0;
    };
    if (H5Ovisit1(file->id, H5_INDEX_NAME, H5_ITER_INC, visit, &paths) < 0) return fail(error, "is damaged");
    std::sort(paths.begin(), paths.end());
    for (const std::string& name : paths) {
        const std::string path = '/' + name;
        const Handle dataset(H5Dopen2(file->id, path.c_str(), H5P_DEFAULT), H5Dclose);
        if (dataset.failed()) return fail(error, "the dataset " + path + " is damaged");
        if (found(context, path.c_str(), kind_of(dataset.get())) == 0) return stopped(error);
    }
    return 1;
}

int read_numbers(LimsymHdf5File* file, const char* path, int (*shape)(void*, std::uint64_t, std::uint64_t),
                 int (*rows)(void*, std::uint64_t, std::uint64_t, const double*), void* context, Error* error) {
    const Handle dataset(H5Dopen2(file->id, path, H5P_DEFAULT), H5Dclose);
    if (dataset.failed()) return fail(error, "the dataset is damaged or no dataset");
    if (kind_of(dataset.get()) != limsym_hdf5_numbers)
        return say(error, "holds no numbers; expected a numeric dataset");
    const Handle space(H5Dget_space(dataset.get()), H5Sclose);
    const int rank = H5Sget_simple_extent_ndims(space.get());
    if (rank < 0) return fail(error, "the dataset is damaged");
    if (rank > 2) return say(error, "has " + std::to_string(rank) + " dimensions; expected 1 or 2");
    hsize_t extent[2] = {1, 1};
    if (H5Sget_simple_extent_dims(space.get(), extent, nullptr) < 0) return fail(error, "the dataset is damaged");
    const std::uint64_t columns = extent[1];
    // What is stored bounds what may be asked for; a chunk that was never written takes no room.
    const Handle type(H5Dget_type(dataset.get()), H5Tclose);
    const double stored = static_cast<double>(H5Dget_storage_size(dataset.get()));
    constexpr double best_compression = 2000.0;
    constexpr double always_allowed = 1 << 24U;
    if (static_cast<double>(extent[0]) * static_cast<double>(columns) * static_cast<double>(H5Tget_size(type.get())) >
        stored * best_compression + always_allowed)
        return say(error, "says that it holds " + std::to_string(extent[0]) + " x " + std::to_string(columns) +
                              " numbers, more than the file has room for");
    if (shape(context, extent[0], columns) == 0) return stopped(error);
    if (extent[0] == 0 || columns == 0) return 1;
    const std::uint64_t per_piece = std::max<std::uint64_t>(1, piece_numbers / columns);
    std::vector<double> numbers(std::min<std::uint64_t>(per_piece, extent[0]) * columns);
    for (std::uint64_t first = 0; first < extent[0]; first += per_piece) {
        const hsize_t start[2] = {first, 0};
        const hsize_t count[2] = {std::min<hsize_t>(per_piece, extent[0] - first), columns};
        const Handle memory(H5Screate_simple(2, count, nullptr), H5Sclose);
        if (rank > 0) H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start, nullptr, count, nullptr);
        if (H5Dread(dataset.get(), H5T_NATIVE_DOUBLE, memory.get(), space.get(), H5P_DEFAULT, numbers.data()) < 0)
            return fail(error, "the dataset cannot be read");
        if (rows(context, first, count[0], numbers.data()) == 0) return stopped(error);
    }
    return 1;
}

int read_text(LimsymHdf5File* file, const char* path, int (*text)(void*, const char*, std::size_t), void* context,
              Error* error) {
    const Handle dataset(H5Dopen2(file->id, path, H5P_DEFAULT), H5Dclose);
    if (dataset.failed()) return fail(error, "the dataset is damaged or no dataset");
    if (kind_of(dataset.get()) != limsym_hdf5_text) return say(error, "is no single string");
    const Handle type(H5Dget_type(dataset.get()), H5Tclose);
    if (H5Tis_variable_str(type.get()) > 0) {
        const Handle memory(H5Tcopy(H5T_C_S1), H5Tclose);
        H5Tset_size(memory.get(), H5T_VARIABLE);
        H5Tset_cset(memory.get(), H5Tget_cset(type.get()));
        char* bytes = nullptr;
        if (H5Dread(dataset.get(), memory.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, &bytes) < 0)
            return fail(error, "the string cannot be read");
        const int taken = text(context, bytes == nullptr ? "" : bytes, bytes == nullptr ? 0 : std::strlen(bytes));
        H5free_memory(bytes);
        return taken == 0 ? stopped(error) : 1;
    }
    const std::size_t size = H5Tget_size(type.get());
    constexpr std::size_t always_allowed = 1U << 20U;
    if (size > H5Dget_storage_size(dataset.get()) * 2000 + always_allowed)
        return say(error, "says that it holds more text than the file has room for");
    std::string bytes(size, '\0');
    if (H5Dread(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()) < 0)
        return fail(error, "the string cannot be read");
    if (H5Tget_strpad(type.get()) == H5T_STR_NULLTERM) {
        bytes.resize(std::strlen(bytes.c_str()));
    } else {
        bytes.erase(bytes.find_last_not_of('\0') + 1);
    }
    return text(context, bytes.data(), bytes.size()) == 0 ? stopped(error) : 1;
}

/// A dataset of a new file; bytes must not depend on the time of day.
hid_t make_dataset(LimsymHdf5File* file, const char* path, hid_t type, hid_t space) {
    const Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
    H5Pset_create_intermediate_group(links.get(), 1);
    const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_obj_track_times(creation.get(), false);
    return H5Dcreate2(file->id, path, type, space, links.get(), creation.get(), H5P_DEFAULT);
}

int write_numbers(LimsymHdf5File* file, const char* path, std::uint64_t rows, std::uint64_t columns,
                  int (*fill)(void*, std::uint64_t, std::uint64_t, double*), void* context, Error* error) {
    const hsize_t extent[2] = {rows, columns};
    const Handle space(H5Screate_simple(2, extent, nullptr), H5Sclose);
    const Handle dataset(make_dataset(file, path, H5T_IEEE_F64LE, space.get()), H5Dclose);
    if (dataset.failed()) return fail(error, std::string("the dataset ") + path + " cannot be written");
    if (rows == 0 || columns == 0) return 1;
    const std::uint64_t per_piece = std::max<std::uint64_t>(1, piece_numbers / columns);
    std::vector<double> numbers(std::min(per_piece, rows) * columns);
    for (std::uint64_t first = 0; first < rows; first += per_piece) {
        const hsize_t start[2] = {first, 0};
        const hsize_t count[2] = {std::min<hsize_t>(per_piece, rows - first), columns};
        if (fill(context, first, count[0], numbers.data()) == 0) return stopped(error);
        const Handle memory(H5Screate_simple(2, count, nullptr), H5Sclose);
        H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start, nullptr, count, nullptr);
        if (H5Dwrite(dataset.get(), H5T_NATIVE_DOUBLE, memory.get(), space.get(), H5P_DEFAULT, numbers.data()) < 0)
            return fail(error, "write error");
    }
    return 1;
}

hid_t text_type(std::size_t size) {
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, std::max<std::size_t>(size, 1));
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

int write_text(LimsymHdf5File* file, const char* path, const char* bytes, std::size_t size, Error* error) {
    const Handle type(text_type(size), H5Tclose);
    const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    const Handle dataset(make_dataset(file, path, type.get(), space.get()), H5Dclose);
    const char* const content = size == 0 ? "" : bytes;
    if (dataset.failed() || H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, content) < 0)
        return fail(error, std::string("the string ") + path + " cannot be written");
    return 1;
}

/// Reads one scalar attribute and hands it over.
int show_attribute(hid_t attribute, const std::string& name,
                   int (*found)(void*, const char*, LimsymHdf5Kind, double, const char*, std::size_t), void* context,
                   Error* error) {
    const Handle type(H5Aget_type(attribute), H5Tclose);
    const Handle space(H5Aget_space(attribute), H5Sclose);
    const H5T_class_t kind = type.failed() ? H5T_NO_CLASS : H5Tget_class(type.get());
    const bool scalar = H5Sget_simple_extent_npoints(space.get()) == 1;
    const std::string damaged = "the attribute " + name + " cannot be read";
    if (scalar && (kind == H5T_INTEGER || kind == H5T_FLOAT)) {
        double number = 0.0;
        if (H5Aread(attribute, H5T_NATIVE_DOUBLE, &number) < 0) return fail(error, damaged);
        return found(context, name.c_str(), limsym_hdf5_numbers, number, "", 0) != 0 ? 1 : stopped(error);
    }
    if (!scalar || kind != H5T_STRING)
        return found(context, name.c_str(), limsym_hdf5_other, 0.0, "", 0) != 0 ? 1 : stopped(error);
    std::string bytes;
    if (H5Tis_variable_str(type.get()) > 0) {
        char* text = nullptr;
        if (H5Aread(attribute, type.get(), &text) < 0) return fail(error, damaged);
        if (text != nullptr) bytes = text;
        H5free_memory(text);
    } else {
        bytes.resize(H5Tget_size(type.get()));
        if (H5Aread(attribute, type.get(), bytes.data()) < 0) return fail(error, damaged);
        bytes.erase(bytes.find_last_not_of('\0') + 1);
    }
    return found(context, name.c_str(), limsym_hdf5_text, 0.0, bytes.data(), bytes.size()) != 0 ? 1 : stopped(error);
}

int list_attributes(LimsymHdf5File* file,
                    int (*found)(void*, const char*, LimsymHdf5Kind, double, const char*, std::size_t), void* context,
                    Error* error) {
    std::vector<std::string> names;
    const auto visit = [](hid_t, const char* name, const H5A_info_t*, void* to) -> herr_t {
        static_cast<std::vector<std::string>*>(to)->push_back(name);
        return 0;
    };
    hsize_t position = 0;
    const Handle root(H5Gopen2(file->id, "/", H5P_DEFAULT), H5Gclose);
    if (root.failed() || H5Aiterate2(root.get(), H5_INDEX_NAME, H5_ITER_INC, &position, visit, &names) < 0)
        return fail(error, "is damaged");
    for (const std::string& name : names) {
        const Handle attribute(H5Aopen(root.get(), name.c_str(), H5P_DEFAULT), H5Aclose);
        if (attribute.failed()) return fail(error, "the attribute " + name + " is damaged");
        if (show_attribute(attribute.get(), name, found, context, error) == 0) return 0;
    }
    return 1;
}

int write_attribute(LimsymHdf5File* file, const char* name, hid_t type, const void* value, Error* error) {
    const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    const Handle root(H5Gopen2(file->id, "/", H5P_DEFAULT), H5Gclose);
    const Handle attribute(H5Acreate2(root.get(), name, type, space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    if (attribute.failed() || H5Awrite(attribute.get(), type, value) < 0)
        return fail(error, std::string("the attribute ") + name + " cannot be written");
    return 1;
}

int write_number_attribute(LimsymHdf5File* file, const char* name, double number, Error* error) {
    return write_attribute(file, name, H5T_NATIVE_DOUBLE, &number, error);
}

int write_text_attribute(LimsymHdf5File* file, const char* name, const char* bytes, std::size_t size, Error* error) {
    const Handle type(text_type(size), H5Tclose);
    return write_attribute(file, name, type.get(), size == 0 ? "" : bytes, error);
}

constexpr LimsymHdf5Functions functions{limsym_hdf5_version,
                                        open,
                                        create,
                                        close,
                                        list,
                                        read_numbers,
                                        read_text,
                                        write_numbers,
                                        write_text,
                                        list_attributes,
                                        write_number_attribute,
                                        write_text_attribute};

} // namespace

const LimsymHdf5Functions* limsym_hdf5_functions() {
    return &functions;
}
