// What passes between limsym and its HDF5 module: plain types only, so that either side may be built on its own.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

/// A failure: the module writes one sentence, cut to fit.
struct LimsymHdf5Error {
    char text[512];
};

enum LimsymHdf5Kind { limsym_hdf5_numbers, limsym_hdf5_text, limsym_hdf5_other };

struct LimsymHdf5File;

/// All functions return 0 when they fail and say so in `error`. A callback that returns 0 stops the work; the function
/// then returns 0 with an empty text.
struct LimsymHdf5Functions {
    std::uint32_t version; ///< limsym_hdf5_version

    /// Opens a file by path, or from its bytes in memory when `path` is null.
    LimsymHdf5File* (*open)(const char* path, void* image, std::size_t image_size, LimsymHdf5Error* error);
    LimsymHdf5File* (*create)(const char* path, LimsymHdf5Error* error);
    /// Flushes and closes; `file` is gone afterwards, whatever is returned.
    int (*close)(LimsymHdf5File* file, LimsymHdf5Error* error);

    /// Every dataset by its absolute path, in order of the paths.
    int (*list)(LimsymHdf5File* file, int (*found)(void* context, const char* path, LimsymHdf5Kind kind), void* context,
                LimsymHdf5Error* error);
    /// A numeric dataset of 0 to 2 dimensions: its shape, then its rows in pieces.
    int (*read_numbers)(LimsymHdf5File* file, const char* path,
                        int (*shape)(void* context, std::uint64_t rows, std::uint64_t columns),
                        int (*rows)(void* context, std::uint64_t first, std::uint64_t count, const double* numbers),
                        void* context, LimsymHdf5Error* error);
    /// A single string.
    int (*read_text)(LimsymHdf5File* file, const char* path,
                     int (*text)(void* context, const char* bytes, std::size_t size), void* context,
                     LimsymHdf5Error* error);

    /// rows x columns numbers, asked for in pieces of rows; groups on the way are made.
    int (*write_numbers)(LimsymHdf5File* file, const char* path, std::uint64_t rows, std::uint64_t columns,
                         int (*fill)(void* context, std::uint64_t first, std::uint64_t count, double* numbers),
                         void* context, LimsymHdf5Error* error);
    int (*write_text)(LimsymHdf5File* file, const char* path, const char* bytes, std::size_t size,
                      LimsymHdf5Error* error);

    /// Scalar attributes of the root: a number, or a single string; of other kinds only the name is told.
    int (*list_attributes)(LimsymHdf5File* file,
                           int (*found)(void* context, const char* name, LimsymHdf5Kind kind, double number,
                                        const char* bytes, std::size_t size),
                           void* context, LimsymHdf5Error* error);
    int (*write_number_attribute)(LimsymHdf5File* file, const char* name, double number, LimsymHdf5Error* error);
    int (*write_text_attribute)(LimsymHdf5File* file, const char* name, const char* bytes, std::size_t size,
                                LimsymHdf5Error* error);
};

/// The one symbol of the module.
__attribute__((visibility("default"))) const LimsymHdf5Functions* limsym_hdf5_functions();
}

inline constexpr std::uint32_t limsym_hdf5_version = 2;
