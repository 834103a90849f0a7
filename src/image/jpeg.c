/* Decodes a JPEG file in memory with libjpeg. Every failure comes back as a status and a message: nothing is
 * printed, nothing ends the process, and no jump leaves this file. */

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "jerror.h"
#include "jpeglib.h"

enum status { DONE = 0, DAMAGED = 1, TRUNCATED = 2, UNSUPPORTED = 3 };

/* A scan costs a pass over the picture and takes only a few bytes of file; real progressive files have about ten. */
#define MAX_SCANS 100

struct decoder {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf back;
    enum status status;
    char *message; /* JMSG_LENGTH_MAX bytes */
};

static void fail(j_common_ptr jpeg) {
    struct decoder *decoder = (struct decoder *)jpeg->client_data;
    jpeg->err->format_message(jpeg, decoder->message);
    switch (jpeg->err->msg_code) {
    case JWRN_JPEG_EOF:
        decoder->status = TRUNCATED;
        break;
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_PRECISION:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_SOF_UNSUPPORTED:
        decoder->status = UNSUPPORTED;
        break;
    default:
        decoder->status = DAMAGED;
    }
    longjmp(decoder->back, 1);
}

/* libjpeg goes on after a warning with pixels it made up, so a warning is a failure unless it is of a kind that
 * leaves every pixel as the file has it. */
static void on_message(j_common_ptr jpeg, int level) {
    if (level >= 0)
        return;
    switch (jpeg->err->msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_BOGUS_ICC:
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
    case JWRN_TOO_MUCH_DATA:
        return;
    default:
        fail(jpeg);
    }
}

static void watch_scans(j_common_ptr jpeg) {
    struct decoder *decoder = (struct decoder *)jpeg->client_data;
    if (decoder->jpeg.input_scan_number > MAX_SCANS) {
        snprintf(decoder->message, JMSG_LENGTH_MAX, "more than %d scans", MAX_SCANS);
        decoder->status = DAMAGED;
        longjmp(decoder->back, 1);
    }
}

static void create(struct decoder *decoder) {
    decoder->jpeg.err = jpeg_std_error(&decoder->errors);
    decoder->errors.error_exit = fail;
    decoder->errors.emit_message = on_message;
    decoder->jpeg.client_data = decoder;
    jpeg_create_decompress(&decoder->jpeg);
    decoder->progress.progress_monitor = watch_scans;
    decoder->jpeg.progress = &decoder->progress;
}

static void start(struct decoder *decoder, const uint8_t *data, size_t length) {
    create(decoder);
    jpeg_mem_src(&decoder->jpeg, data, length);
    jpeg_read_header(&decoder->jpeg, TRUE);
}

static void read_pixels(struct decoder *decoder, int bgr, long max_memory, uint8_t *out, size_t out_length) {
    struct jpeg_decompress_struct *jpeg = &decoder->jpeg;
    size_t stride;
    jpeg->mem->max_memory_to_use = max_memory;
    if (jpeg->num_components == 4)
        jpeg->out_color_space = JCS_CMYK;
    else
        jpeg->out_color_space = bgr ? JCS_EXT_BGR : JCS_GRAYSCALE;
    jpeg_start_decompress(jpeg);
    stride = (size_t)jpeg->output_width * jpeg->output_components;
    if (stride * jpeg->output_height != out_length)
        ERREXIT(jpeg, JERR_BUFFER_SIZE);
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row = out + stride * jpeg->output_scanline;
        jpeg_read_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_decompress(jpeg);
}

/* A strip or tile of a TIFF: the tables may be in a stream of their own, and only the first `height` rows are wanted. */
struct chunk {
    const uint8_t *tables;
    size_t tables_length;
    const uint8_t *data;
    size_t length;
    int ycbcr;
    uint32_t width, height, components;
};

static void read_chunk(struct decoder *decoder, const struct chunk *chunk, long max_memory, uint8_t *out,
                       size_t out_length) {
    struct jpeg_decompress_struct *jpeg = &decoder->jpeg;
    size_t stride = (size_t)chunk->width * chunk->components;
    create(decoder);
    jpeg->mem->max_memory_to_use = max_memory;
    if (chunk->tables_length > 0) {
        jpeg_mem_src(jpeg, chunk->tables, chunk->tables_length);
        if (jpeg_read_header(jpeg, FALSE) != JPEG_HEADER_TABLES_ONLY)
            ERREXIT(jpeg, JERR_BAD_STATE);
    }
    jpeg_mem_src(jpeg, chunk->data, chunk->length);
    jpeg_read_header(jpeg, TRUE);
    if (jpeg->image_width != chunk->width || jpeg->image_height < chunk->height ||
        (uint32_t)jpeg->num_components != chunk->components || stride * chunk->height != out_length)
        ERREXIT(jpeg, JERR_BUFFER_SIZE);
    jpeg->jpeg_color_space = chunk->ycbcr ? JCS_YCbCr : JCS_UNKNOWN;
    jpeg->out_color_space = chunk->ycbcr ? JCS_RGB : JCS_UNKNOWN;
    jpeg_start_decompress(jpeg);
    while (jpeg->output_scanline < chunk->height) {
        JSAMPROW row = out + stride * jpeg->output_scanline;
        jpeg_read_scanlines(jpeg, &row, 1);
    }
    jpeg_abort_decompress(jpeg);
}

/* Where a failure jumps back to. The decoder is the caller's: what a function that calls setjmp keeps in variables of
 * its own may be lost in the jump. */
static void try_header(struct decoder *decoder, const uint8_t *data, size_t length) {
    if (setjmp(decoder->back) == 0)
        start(decoder, data, length);
}

/* The same for all of the picture. */
static void try_pixels(struct decoder *decoder, const uint8_t *data, size_t length, int bgr, long max_memory,
                       uint8_t *out, size_t out_length) {
    if (setjmp(decoder->back) == 0) {
        start(decoder, data, length);
        read_pixels(decoder, bgr, max_memory, out, out_length);
    }
}

/* The same for a strip or tile. */
static void try_chunk(struct decoder *decoder, const struct chunk *chunk, long max_memory, uint8_t *out,
                      size_t out_length) {
    if (setjmp(decoder->back) == 0)
        read_chunk(decoder, chunk, max_memory, out, out_length);
}

/* The length that src/image/jpeg.rs gives its messages. */
_Static_assert(JMSG_LENGTH_MAX == 200, "MESSAGE_LENGTH in jpeg.rs");

/* Reads the header. `message` has room for JMSG_LENGTH_MAX bytes. */
int lightcnn_jpeg_header(const uint8_t *data, size_t length, uint32_t *width, uint32_t *height,
                         uint32_t *components, char *message) {
    struct decoder decoder;
    memset(&decoder, 0, sizeof decoder);
    decoder.message = message;
    try_header(&decoder, data, length);
    *width = decoder.jpeg.image_width;
    *height = decoder.jpeg.image_height;
    *components = (uint32_t)decoder.jpeg.num_components;
    jpeg_destroy_decompress(&decoder.jpeg);
    return decoder.status;
}

/* Decodes into `out`: rows from the top, without padding, of gray, of B G R (`bgr`), or, whatever was asked, of C M Y K
 * as stored if the file has four components. */
int lightcnn_jpeg_decode(const uint8_t *data, size_t length, int bgr, long max_memory, uint8_t *out,
                         size_t out_length, char *message) {
    struct decoder decoder;
    memset(&decoder, 0, sizeof decoder);
    decoder.message = message;
    try_pixels(&decoder, data, length, bgr, max_memory, out, out_length);
    jpeg_destroy_decompress(&decoder.jpeg);
    return decoder.status;
}

/* Decodes a strip or tile of a TIFF into `out`: the first rows from the top, of red, green and blue if it is `ycbcr`, else of
 * its components as they are. `shape` is width, height and components, whose product is `out_length`. */
int lightcnn_jpeg_chunk(const uint8_t *tables, size_t tables_length, const uint8_t *data, size_t length, int ycbcr,
                        long max_memory, const uint32_t *shape, uint8_t *out, size_t out_length, char *message) {
    struct decoder decoder;
    struct chunk chunk = {tables, tables_length, data, length, ycbcr, shape[0], shape[1], shape[2]};
    memset(&decoder, 0, sizeof decoder);
    decoder.message = message;
    try_chunk(&decoder, &chunk, max_memory, out, out_length);
    jpeg_destroy_decompress(&decoder.jpeg);
    return decoder.status;
}
